namespace SessionRecorder;

/// <summary>Makes captures of a screen.</summary>
/// <remarks>A plugin registers it as a singleton. The members may be called from any thread, and concurrently.</remarks>
public interface ICaptureSource
{
    /// <summary>Finds out, without capturing, whether this source can work on this machine.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What would capture; its process is null.</returns>
    /// <exception cref="CaptureException">It cannot work, with the reason and the remedy.</exception>
    Task<CaptureDescription> ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Starts a capture.</summary>
    /// <remarks>Returns as soon as the capture runs, before the first frame: see <see cref="ICapture.Progress"/>.</remarks>
    /// <param name="request">What to capture.</param>
    /// <param name="cancellationToken">Ends the wait for the start; a capture that is returned is not affected.</param>
    /// <returns>The running capture. The host disposes it.</returns>
    /// <exception cref="CaptureException">It could not be started.</exception>
    Task<ICapture> StartAsync(CaptureRequest request, CancellationToken cancellationToken);

    /// <summary>Makes a file that an interrupted capture left playable, in place, and says what it holds.</summary>
    /// <remarks>Idempotent; a file that is whole is left as it is. Nothing playable is ever cut off.</remarks>
    /// <param name="path">The file's absolute path. Nobody writes to it any more.</param>
    /// <param name="frameRate">The frame rate that it was captured with, by which the last frame's duration is known.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What the file holds, or null when there is no frame in it.</returns>
    /// <exception cref="CaptureException">The file could not be read or written; it is as it was.</exception>
    Task<SegmentFacts?> RepairAsync(string path, double frameRate, CancellationToken cancellationToken);
}
