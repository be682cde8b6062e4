using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Wording;

namespace SessionRecorder.Host.Recording;

/// <summary>Starts captures, when display and disk allow it, and no faster than is good.</summary>
/// <remarks>Called from the recording loop only.</remarks>
internal sealed class CaptureStarter(
    RecordingParts parts, DisplayWatch display, SessionWatch session, SpoolDisk disk, SpoolQuota quota, RecordingUpkeep upkeep)
{
    private readonly RetryDelay _retry = new();
    private int _captures = parts.Spool.Read(account => account.NextCapture) - 1;

    /// <summary>The reason for earlier failures is gone: the next start need not wait.</summary>
    public void ResetDelay() => _retry.Reset();

    /// <summary>Waits before the next start: longer and longer while they fail.</summary>
    /// <remarks>A display or a user that comes back is not waited for a moment longer than it stays away.</remarks>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public async Task WaitForTurnAsync(CancellationToken stop)
    {
        var changed = display.Changed;
        var sessionChanged = session.Changed;
        var delay = _retry.Next();
        if (delay > TimeSpan.Zero)
        {
            await Task.WhenAny(Task.Delay(delay, parts.Time, stop), changed, sessionChanged);
        }

        stop.ThrowIfCancellationRequested();
        if ((changed.IsCompleted && display.Current is not null)
            || (sessionChanged.IsCompleted && session.Current.Absence is null))
        {
            _retry.Reset();
        }
    }

    /// <summary>Starts a capture of the display as it is.</summary>
    /// <param name="lastFrame">The last frame of the captures before, once it is known.</param>
    /// <param name="onHole">Told of stretches without frames within the capture.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <returns>The capture.</returns>
    /// <exception cref="RecorderException">There is no display or no room, or the capture plugin fails.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public async Task<CaptureRun> StartAsync(
        Task<DateTimeOffset?> lastFrame, Action<DateTimeOffset, DateTimeOffset> onHole, CancellationToken stop)
    {
        upkeep.DoWhatIsDue();
        if (!disk.HasRoom)
        {
            throw DiskFull();
        }

        if (quota.Check() == SpoolLevel.Full)
        {
            throw new SpoolFullException(quota.Describe());
        }

        var topology = await display.RefreshAsync(stop) ?? throw NoDisplay(display.Failure!);
        upkeep.Note(topology);
        var number = OpenFileName.NextFree(parts.Spool.OpenDirectory, _captures + 1);
        var request = Describe(CaptureTrack.Of(topology, parts.Options.Layout), number);
        var capture = await parts.Source.StartAsync(request, stop);
        _captures = number;
        var sinks = new RunSinks(parts.Spool, parts.Spool.Clock.Offset, onHole, parts.OnSegment);
        return new CaptureRun(number, capture, request, lastFrame, sinks, parts.Loggers.CreateLogger<CaptureRun>());
    }

    private CaptureRequest Describe(IReadOnlyList<CaptureTrack> tracks, int number) => new()
    {
        Session = parts.Session,
        Regions =
        [
            .. tracks.Select((track, index) => new CaptureRegion(
                track.Monitor,
                track.Bounds,
                track.Monitor is null ? OpenFileName.Prefix(number) : OpenFileName.Prefix(number, index))),
        ],
        FrameRate = quota.FrameRate(parts.Options.FrameRate),
        Cursor = parts.Options.Cursor,
        SegmentDuration = parts.Options.SegmentDuration,
        OutputDirectory = parts.Spool.OpenDirectory,
    };

    private static RecorderException NoDisplay(RecorderException failure) => failure as DisplayException ?? new DisplayException(
        failure.Message, FailureScope.Session, isTransient: true, failure.Remedy, failure);

    private CaptureException DiskFull() => new(
        $"only {disk.Describe()} are free under {parts.Spool.Directory}",
        CaptureEnd.DiskFull,
        FailureScope.Host,
        isTransient: true,
        $"make room on that disk, or set Capture:MinimumFreeSpace (now {parts.Options.MinimumFreeSpace}) lower");
}
