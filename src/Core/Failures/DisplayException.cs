namespace SessionRecorder;

/// <summary>The display could not be reached or asked: there is none, it went away, or access was refused.</summary>
/// <inheritdoc cref="RecorderException" path="/remarks"/>
public sealed class DisplayException : RecorderException
{
    /// <inheritdoc cref="RecorderException(string, FailureScope, bool, string?, Exception?)"/>
    public DisplayException(
        string message, FailureScope scope, bool isTransient, string? remedy = null, Exception? innerException = null)
        : base(message, scope, isTransient, remedy, innerException)
    {
    }
}
