namespace SessionRecorder;

/// <summary>Why a capture ended.</summary>
public enum CaptureEnd
{
    /// <summary><see cref="ICapture.StopAsync"/> was called and the last segment was finalised.</summary>
    Stopped,

    /// <summary>It ended without being asked, whatever its exit code said.</summary>
    Failed,

    /// <summary>The display went away or was refused.</summary>
    DisplayLost,

    /// <summary>The disk that it writes to is full.</summary>
    DiskFull,

    /// <summary>It ended itself, in good order, because a better way to read the screen works again: start anew.</summary>
    SourceChanged,

    /// <summary>It was disposed before it had ended by itself.</summary>
    Aborted,
}

/// <summary>How a capture ended.</summary>
/// <param name="End">Why.</param>
/// <param name="Detail">One line for operators (an exit code, the last line of stderr), without secrets; or null.</param>
public sealed record CaptureOutcome(CaptureEnd End, string? Detail);
