namespace SessionRecorder;

/// <summary>A capture could not be started, or a file that it left could not be repaired.</summary>
/// <inheritdoc cref="RecorderException" path="/remarks"/>
public sealed class CaptureException : RecorderException
{
    /// <summary>Makes the failure.</summary>
    /// <param name="message">What failed and where, one sentence.</param>
    /// <param name="end">The kind of failure, from which the cause of the gap in the manifest is derived.</param>
    /// <param name="scope">How far the failure reaches.</param>
    /// <param name="isTransient">Whether trying again later can succeed without anybody's help.</param>
    /// <param name="remedy">What to do about it, or null.</param>
    /// <param name="innerException">The cause, or null.</param>
    public CaptureException(
        string message,
        CaptureEnd end,
        FailureScope scope,
        bool isTransient,
        string? remedy = null,
        Exception? innerException = null)
        : base(message, scope, isTransient, remedy, innerException) => End = end;

    /// <summary>The kind of failure; never <see cref="CaptureEnd.Stopped"/>.</summary>
    public CaptureEnd End { get; }
}
