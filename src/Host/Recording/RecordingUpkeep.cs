using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Recording;

/// <summary>What a recording does beside capturing: makes the growing file durable, watches the clock, notes the display.</summary>
/// <remarks>Called from the recording loop only.</remarks>
internal sealed class RecordingUpkeep(SpoolSession spool, SpoolDisk disk, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private DisplayTopology? _recorded;
    private long _doneAt;

    /// <summary>Does what is due once a second; call at least twice as often.</summary>
    /// <returns>By how much the system's clock was set, or null.</returns>
    public TimeSpan? DoWhatIsDue()
    {
        if (time.GetElapsedTime(_doneAt) < Interval)
        {
            return null;
        }

        _doneAt = time.GetTimestamp();
        disk.FlushGrowingFiles();
        spool.Ledger.TryFlushPending();
        if (spool.Clock.Check() is not { } jump)
        {
            return null;
        }

        spool.Record(new ClockChanged(spool.Clock.Now, spool.Clock.Offset.TotalSeconds));
        return jump;
    }

    /// <summary>Records the topology where it differs from the one that was recorded last.</summary>
    public void Note(DisplayTopology topology)
    {
        if (topology.Equals(_recorded))
        {
            return;
        }

        _recorded = topology;
        var monitors = topology.Monitors
            .Select(m => new LedgerMonitor(m.Name, m.Bounds.X, m.Bounds.Y, m.Bounds.Width, m.Bounds.Height, m.Scale, m.IsPrimary))
            .ToArray();
        spool.Record(new DisplayChanged(spool.Clock.Now, monitors));
    }
}
