namespace SessionRecorder;

/// <summary>The platform could not say who is to be recorded, or where the recording belongs.</summary>
/// <inheritdoc cref="RecorderException" path="/remarks"/>
public sealed class PlatformException : RecorderException
{
    /// <inheritdoc cref="RecorderException(string, FailureScope, bool, string?, Exception?)"/>
    public PlatformException(
        string message, FailureScope scope, bool isTransient, string? remedy = null, Exception? innerException = null)
        : base(message, scope, isTransient, remedy, innerException)
    {
    }
}
