namespace SessionRecorder.Host.Recording;

/// <summary>Notices that a capture delivers no frames.</summary>
internal sealed class StallWatch(TimeProvider time, TimeSpan timeout)
{
    /// <summary>A capture needs longer for its first frame: a program to load, a display to open.</summary>
    private static readonly TimeSpan LeastForFirstFrame = TimeSpan.FromSeconds(10);

    /// <summary>How long no frame may come.</summary>
    public TimeSpan Timeout { get; } = timeout;

    private readonly long _startedAt = time.GetTimestamp();
    private long _lastFrames;
    private bool _wasLate;
    private long _lastProgressAt = time.GetTimestamp();

    /// <summary>Looks; call at least twice a second.</summary>
    /// <param name="frames">The capture's frames so far.</param>
    /// <returns>Whether it has stalled.</returns>
    public bool HasStalled(long frames)
    {
        if (frames != _lastFrames)
        {
            _lastFrames = frames;
            _lastProgressAt = time.GetTimestamp();
            _wasLate = false;
            return false;
        }

        var isLate = frames == 0
            ? time.GetElapsedTime(_startedAt) > (Timeout > LeastForFirstFrame ? Timeout : LeastForFirstFrame)
            : time.GetElapsedTime(_lastProgressAt) > Timeout;

        // Twice: after the host itself was stopped or starved, the news of the frames arrives behind the first look.
        (var wasLate, _wasLate) = (_wasLate, isLate);
        return isLate && wasLate;
    }
}
