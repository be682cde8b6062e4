using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Recording;

/// <summary>Keeps account of the time without a picture. At most one gap is open at a time.</summary>
/// <remarks>
/// A gap reaches from the last frame before it to the first one after. When it opens, the last frame is often not yet
/// known (the old capture is still being closed), so a gap opens with an estimate and closes with the truth. Called
/// from the recording loop only, but for <see cref="RecordHole"/>, which is thread-safe.
/// </remarks>
internal sealed class GapKeeper(SpoolSession spool)
{
    private readonly List<Task> _closing = [];
    private volatile OpenGap? _open;

    /// <summary>The open gap's cause, or null while there is a picture. May be read from any thread.</summary>
    public string? Cause => _open?.Cause;

    /// <summary>What is known about the open gap's cause, or null.</summary>
    public string? Detail => _open?.Detail;

    /// <summary>Opens a gap, or continues the open one.</summary>
    /// <param name="cause">Why. What is more than a failure (see <see cref="Replaces"/>) replaces the open gap's cause from now on.</param>
    /// <param name="detail">One line for operators, or null.</param>
    /// <param name="latestFrom">The gap begins here at the latest, whatever the last frame's time.</param>
    /// <param name="lastFrame">The last frame before that is on disk, once it is known; null where there is none.</param>
    /// <param name="firstFrame">The session's first frame; the gap begins there when none got onto the disk.</param>
    public void Open(
        string cause, string? detail, DateTimeOffset latestFrom, Task<DateTimeOffset?> lastFrame, DateTimeOffset? firstFrame)
    {
        if (_open is { } open)
        {
            if (open.Cause == cause || !Replaces(cause))
            {
                return;
            }

            var now = spool.Clock.Now;
            Close(now);
            latestFrom = now;
            lastFrame = Task.FromResult<DateTimeOffset?>(now);
        }

        var opened = spool.Record(account => new GapOpened(account.NextGap, latestFrom, cause, detail));
        _open = new OpenGap(opened.Gap, latestFrom, cause, detail, lastFrame, firstFrame);
    }

    /// <summary>Closes the open gap, if there is one.</summary>
    /// <param name="to">The first frame after it, or the session's end.</param>
    public void Close(DateTimeOffset to)
    {
        if (_open is { } gap)
        {
            _open = null;
            _closing.RemoveAll(task => task.IsCompleted);
            _closing.Add(CloseAsync(gap, to));
        }
    }

    /// <summary>Records a gap within a running capture.</summary>
    public void RecordHole(DateTimeOffset from, DateTimeOffset to)
    {
        var opened = spool.Record(account => new GapOpened(account.NextGap, from, GapCause.NoFrames, null));
        spool.Record(new GapClosed(opened.Gap, from, to));
    }

    /// <summary>Waits until every closed gap stands in the ledger.</summary>
    public Task SettleAsync() => Task.WhenAll(_closing);

    /// <summary>A display, a disk or a user that is missing explains the time from now on, whatever was before.</summary>
    private static bool Replaces(string cause) => cause is
        GapCause.DiskFull or GapCause.SpoolFull or GapCause.DisplayLost
            or GapCause.SessionLocked or GapCause.SessionDisconnected or GapCause.SessionIdle;

    private async Task CloseAsync(OpenGap gap, DateTimeOffset to)
    {
        var lastFrame = await gap.LastFrame ?? gap.FirstFrame;
        var from = lastFrame < gap.LatestFrom ? lastFrame.Value : gap.LatestFrom;
        spool.Record(new GapClosed(gap.Number, from, to > from ? to : from));
    }

    private sealed record OpenGap(
        int Number, DateTimeOffset LatestFrom, string Cause, string? Detail, Task<DateTimeOffset?> LastFrame, DateTimeOffset? FirstFrame);
}
