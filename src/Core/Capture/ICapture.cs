namespace SessionRecorder;

/// <summary>A running capture.</summary>
/// <remarks>
/// <para>Its members may be called from any thread, and concurrently.</para>
/// <para>
/// Stopping is not cancelling. <see cref="StopAsync"/> finalises the last segment and reports it; disposing ends the
/// capture at once, but what is on disk by then is still repaired and reported as a segment where it holds a frame.
/// </para>
/// <para>
/// A file in progress must be readable up to its last 2 s at any moment, for the machine may die without warning:
/// encoder look-ahead, fragment duration and flushing all count.
/// </para>
/// </remarks>
public interface ICapture : IAsyncDisposable
{
    /// <summary>What captures: for the manifest and for operators.</summary>
    CaptureDescription Description { get; }

    /// <summary>
    /// How far it is. The host calls it twice a second, and replaces a capture whose
    /// <see cref="CaptureProgress.Frames"/> stands still.
    /// </summary>
    CaptureProgress Progress { get; }

    /// <summary>
    /// The segments, each as soon as its file is closed; those of one region in order of time. May be read once.
    /// </summary>
    /// <remarks>
    /// The stream ends when the capture has ended and its last segment was told. It never throws for a failure of the
    /// capture: <see cref="Completion"/> tells of that.
    /// </remarks>
    /// <param name="cancellationToken">Stops the reading, not the capture.</param>
    /// <returns>The segments.</returns>
    IAsyncEnumerable<CapturedSegment> ReadSegmentsAsync(CancellationToken cancellationToken);

    /// <summary>Completes, never faults, when the capture has ended, whether or not anybody asked it to.</summary>
    Task<CaptureOutcome> Completion { get; }

    /// <summary>Ends the capture gracefully. Idempotent.</summary>
    /// <param name="cancellationToken">Gives up waiting and aborts the capture.</param>
    /// <returns>The outcome; <see cref="CaptureEnd.Stopped"/> when all went well.</returns>
    Task<CaptureOutcome> StopAsync(CancellationToken cancellationToken);
}

/// <summary>What captures.</summary>
/// <param name="Source">The way the screen is read: <c>x11grab</c>, <c>gdigrab</c> …</param>
/// <param name="Encoder">The encoder: <c>libx264</c> …</param>
/// <param name="Program">The program and its version: <c>ffmpeg 5.1.9</c>.</param>
/// <param name="ProcessId">The process that captures, or null where it is the host's own.</param>
/// <param name="ProcessStart">
/// What tells this process from a later one with the same id (see <see cref="IChildProcess.StartToken"/>); null with
/// <paramref name="ProcessId"/>. By these two the host ends a process that outlived a crash.
/// </param>
public sealed record CaptureDescription(
    string Source, string Encoder, string Program, int? ProcessId, string? ProcessStart);

/// <summary>How far a capture is.</summary>
/// <param name="Frames">Frames encoded so far.</param>
/// <param name="FirstFrameAt">When the first frame was captured, by the system's clock, UTC; null before it.</param>
/// <param name="OnDisk">
/// Whether at least one frame of every region is in a file, readable, should everything be killed now.
/// </param>
public readonly record struct CaptureProgress(long Frames, DateTimeOffset? FirstFrameAt, bool OnDisk);
