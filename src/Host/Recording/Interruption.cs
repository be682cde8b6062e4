using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Recording;

/// <summary>Why there is no picture any more, or not yet.</summary>
/// <param name="Cause">A <see cref="GapCause"/>.</param>
/// <param name="Detail">One line for operators, or null.</param>
/// <param name="MustAbort">Whether the capture is past being asked to end.</param>
internal sealed record Interruption(string Cause, string? Detail, bool MustAbort = false)
{
    public static Interruption Of(CaptureOutcome outcome) => new(CauseOf(outcome.End), outcome.Detail);

    public static Interruption Of(Exception e) =>
        new(CauseOf(e), e.Message.ReplaceLineEndings(" "));

    public static Interruption DisplayChanged(PixelRectangle from, PixelRectangle to) =>
        new(GapCause.DisplayChanged, $"from {from} to {to}");

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
        _ => GapCause.CaptureFailed,
    };
}

/// <summary>Notices that a running capture has to be replaced.</summary>
internal sealed class InterruptionWatch(
    CaptureRun run, DisplayWatch display, RecordingUpkeep upkeep, SpoolDisk disk, SpoolQuota quota, StallWatch stall, double frameRate)
{
    /// <summary>Looks; call at least twice a second, and when the display changed or the capture ended.</summary>
    public Interruption? Find()
    {
        if (display.Current is { } topology)
        {
            upkeep.Note(topology);
            if (topology.Bounds != run.Region)
            {
                return Interruption.DisplayChanged(run.Region, topology.Bounds);
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
            : disk.IsFull ? new Interruption(GapCause.DiskFull, $"{disk.FreeSpace() / 1e6:0.0} MB free")
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
            : topology.Bounds == run.Region ? found
            : Interruption.DisplayChanged(run.Region, topology.Bounds);
    }
}
