using SessionRecorder.Host.Control;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.SystemLog;

/// <summary>Tells the system's log of one session: that it began, how it ended, and what a sink refused.</summary>
internal sealed class SessionEntries : IDisposable
{
    private readonly ISystemLog _log;
    private readonly SpoolSession _spool;
    private readonly HashSet<string> _refusing = [];

    /// <summary>Follows a session.</summary>
    public SessionEntries(ISystemLog log, SpoolSession spool)
    {
        (_log, _spool) = (log, spool);
        spool.Recorded += Observe;
    }

    private string Subject => $"session {_spool.Id} of {_spool.Document.User} ({_spool.Document.SystemSession})";

    /// <summary>The system's own log.</summary>
    public static ISystemLog System() =>
        OperatingSystem.IsWindows() ? new WindowsEventLog() : new SyslogSocket();

    /// <summary>The first frame is on disk.</summary>
    public void Started() => _log.Write(SystemLogEntry.RecordingStarted, $"Recording {Subject}");

    /// <summary>It ended.</summary>
    public void Ended(StopReport report)
    {
        var what = $"{Subject} ended after {report.Seconds:0} s with {report.Segments} segments and {report.Gaps} gaps";
        if (report.Delivered)
        {
            _log.Write(SystemLogEntry.RecordingStored, $"Recorded {what}; all of it is stored{Lacking(report)}");
            return;
        }

        var waiting = report.Sinks.Select(sink =>
            $"{sink.Sink}: {sink.Segments} segments, {sink.Bytes} bytes{(sink.LastError is null ? "" : $" ({sink.LastError})")}");
        _log.Write(SystemLogEntry.Undelivered, $"Recorded {what}; not all of it is stored: {string.Join("; ", waiting)}");
    }

    /// <summary>Nothing could be recorded, or no longer.</summary>
    public void Failed(Exception exception) =>
        _log.Write(SystemLogEntry.RecordingFailed, $"Cannot record {Subject}: {exception.Message}");

    private static string Lacking(StopReport report) => string.Concat(report.Sinks
        .Where(sink => sink.Lacking > 0)
        .Select(sink => $", but {sink.Sink} lacks {sink.Lacking} segments, which were delivered before it was configured"));

    public void Dispose() => _spool.Recorded -= Observe;

    private void Observe(LedgerFact fact)
    {
        // One that refuses everything is told of once.
        if (fact is UploadRefused refused && _refusing.Add(refused.Sink))
        {
            _log.Write(SystemLogEntry.UploadRefused, $"Sink {refused.Sink} refused {refused.Key} of {Subject}: {refused.Reason}");
        }
    }
}
