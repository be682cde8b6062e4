namespace SessionRecorder;

/// <summary>A program could not be started.</summary>
/// <inheritdoc cref="RecorderException" path="/remarks"/>
public sealed class ChildProcessException : RecorderException
{
    /// <summary>Makes the failure.</summary>
    /// <param name="message">What failed and where, one sentence.</param>
    /// <param name="fileName">The program that was to be started.</param>
    /// <param name="isTransient">Whether trying again later can succeed.</param>
    /// <param name="remedy">What to do about it, or null.</param>
    /// <param name="innerException">The cause, or null.</param>
    public ChildProcessException(
        string message, string fileName, bool isTransient, string? remedy = null, Exception? innerException = null)
        : base(message, FailureScope.Host, isTransient, remedy, innerException) => FileName = fileName;

    /// <summary>The program that was to be started.</summary>
    public string FileName { get; }
}
