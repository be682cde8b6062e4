using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Wording;

namespace SessionRecorder.Host.Recording;

/// <summary>Why there is no picture any more, or not yet.</summary>
/// <param name="Cause">A <see cref="GapCause"/>.</param>
/// <param name="Detail">One line for operators, or null.</param>
/// <param name="MustAbort">Whether the capture is past being asked to end.</param>
/// <param name="LastCertain">
/// The last moment, by the system's clock, at which the picture was certainly right; null where it was until now.
/// </param>
internal sealed record Interruption(string Cause, string? Detail, bool MustAbort = false, DateTimeOffset? LastCertain = null)
{
    public static Interruption Of(CaptureOutcome outcome) => new(CauseOf(outcome.End), outcome.Detail);

    public static Interruption Of(Exception e) =>
        new(CauseOf(e), e.Message.ReplaceLineEndings(" "));

    public static Interruption DisplayChanged(
        IReadOnlyList<CaptureTrack> from, IReadOnlyList<CaptureTrack> to, DateTimeOffset? lastCertain) => new(
            GapCause.DisplayChanged,
            $"from {CaptureTrack.Describe(from)} to {CaptureTrack.Describe(to)}",
            LastCertain: lastCertain);

    /// <summary>The same, with its true cause where the system gives no picture because the user is absent.</summary>
    public Interruption While(SessionState session) =>
        session.Absence is { } absence && Cause is GapCause.CaptureFailed or GapCause.CaptureStalled or GapCause.DisplayLost
            ? this with { Cause = absence }
            : this;

    private static string CauseOf(Exception e) => e switch
    {
        DisplayException => GapCause.DisplayLost,
        SpoolFullException => GapCause.SpoolFull,
        CaptureException capture => CauseOf(capture.End),
        _ => GapCause.CaptureFailed,
    };

    private static string CauseOf(CaptureEnd end) => end switch
    {
        CaptureEnd.DiskFull => GapCause.DiskFull,
        CaptureEnd.DisplayLost => GapCause.DisplayLost,
        CaptureEnd.SourceChanged => GapCause.SourceChanged,
        _ => GapCause.CaptureFailed,
    };
}

/// <summary>Notices that a running capture has to be replaced.</summary>
internal sealed class InterruptionWatch(
    CaptureRun run,
    DisplayWatch display,
    CaptureLayout layout,
    RecordingUpkeep upkeep,
    SpoolDisk disk,
    SpoolQuota quota,
    StallWatch stall,
    double frameRate)
{
    /// <summary>Looks; call at least twice a second, and when the display changed or the capture ended.</summary>
    public Interruption? Find()
    {
        if (display.Current is { } topology)
        {
            upkeep.Note(topology);
            if (FindChange(topology) is { } changed)
            {
                return changed;
            }
        }

        if (run.Ended.IsCompleted)
        {
            return run.Ended.IsCompletedSuccessfully
                ? Interruption.Of(run.Ended.Result)
                : new Interruption(GapCause.CaptureFailed, "the capture plugin failed");
        }

        if (stall.HasStalled(run.Progress.Frames))
        {
            return new Interruption(GapCause.CaptureStalled, $"no frame for {stall.Timeout.TotalSeconds:0.#} s", MustAbort: true);
        }

        return upkeep.DoWhatIsDue() is { } jump ? new Interruption(GapCause.ClockChanged, $"by {jump.TotalSeconds:+0.0;-0.0} s")
            : disk.IsFull ? new Interruption(GapCause.DiskFull, $"{disk.Describe()} free")
            : FindInSpool();
    }

    private Interruption? FindInSpool() =>
        quota.Check() == SpoolLevel.Full ? new Interruption(GapCause.SpoolFull, quota.Describe())
        : quota.FrameRate(frameRate) != run.FrameRate
            ? new Interruption(GapCause.FrameRateChanged, $"to {quota.FrameRate(frameRate):0.##} a second: {quota.Describe()}")
            : null;

    /// <summary>Asks the display, where the capture ended: a shrinking display ends it before its event has arrived.</summary>
    public async Task<Interruption> RefineAsync(Interruption found)
    {
        if (!run.Ended.IsCompleted || found.Cause == GapCause.DisplayChanged)
        {
            return found;
        }

        return await display.RefreshAsync(CancellationToken.None) is not { } topology
            ? new Interruption(GapCause.DisplayLost, display.Failure?.Message)
            : FindChange(topology) ?? found;
    }

    private Interruption? FindChange(DisplayTopology topology)
    {
        var tracks = CaptureTrack.Of(topology, layout);
        return tracks.SequenceEqual(run.Tracks) ? null : Interruption.DisplayChanged(run.Tracks, tracks, topology.ChangedAfter);
    }
}
