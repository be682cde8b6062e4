namespace SessionRecorder;

/// <summary>The agent could not be launched in the user's session.</summary>
/// <inheritdoc cref="RecorderException" path="/remarks"/>
public sealed class ElevationException : RecorderException
{
    /// <inheritdoc cref="RecorderException(string, FailureScope, bool, string?, Exception?)"/>
    public ElevationException(
        string message, FailureScope scope, bool isTransient, string? remedy = null, Exception? innerException = null)
        : base(message, scope, isTransient, remedy, innerException)
    {
    }
}
