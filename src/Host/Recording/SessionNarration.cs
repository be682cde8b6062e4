using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Logging;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Recording;

/// <summary>Tells in the log what the ledger tells, so that the log can be read by itself. Passes over what others log as it happens.</summary>
internal sealed partial class SessionNarration : IDisposable
{
    private const string None = "-";

    private readonly SpoolSession _spool;
    private readonly ILogger _logger;

    /// <summary>Follows a session.</summary>
    public SessionNarration(SpoolSession spool, ILoggerFactory loggers)
    {
        _spool = spool;
        _logger = loggers.CreateLogger<SessionNarration>();
        spool.Recorded += Tell;
    }

    /// <summary>An agent begins.</summary>
    public void Begin()
    {
        var document = _spool.Document;
        LogBegins(document.SessionId, document.User, document.SystemSession, document.Host, Environment.ProcessId, document.Recorder);
    }

    public void Dispose() => _spool.Recorded -= Tell;

    private void Tell(LedgerFact fact)
    {
        switch (fact)
        {
            case CaptureEnded f:
                LogCaptureEnded(f.Capture, f.End, f.Detail ?? None);
                break;
            case SegmentClosed f:
                LogSegmentClosed(f.Index, f.Key, f.Duration, f.Frames, f.Bytes);
                break;
            case DisplayChanged f:
                var monitors = string.Join("; ", f.Monitors.Select(m => $"{m.Name} {new PixelRectangle(m.X, m.Y, m.Width, m.Height)}"));
                LogDisplay(monitors);
                break;
            case GapOpened f:
                var from = SessionTime.Format(f.From);
                LogGapOpened(f.Gap, from, f.Cause, f.Detail ?? None);
                break;
            case GapClosed f:
                LogGapClosed(f.Gap, (f.To - f.From).TotalSeconds);
                break;
            case ClockChanged f:
                LogClock(f.Offset);
                break;
            case NoticeShown f:
                LogNotice(f.How);
                break;
            case SessionRecovered f:
                var lastSign = SessionTime.Format(f.LastSign);
                LogRecovered(lastSign, f.Repaired, f.Continues);
                break;
            case SessionSealed f:
                var endedAt = SessionTime.Format(f.EndedAt);
                LogSealed(f.State, endedAt);
                break;
            case Uploaded f when LogPiece.IndexOf(f.Key) is null:
                // Not of the log itself: each line would be news to store.
                LogUploaded(f.Sink, f.Key);
                break;
        }
    }

    [LoggerMessage(EventId = 900, Level = LogLevel.Information, Message = "Session {SessionId} of {User} ({SystemSession}) on {Host}: process {ProcessId} of version {Version} begins")]
    private partial void LogBegins(string sessionId, string user, string systemSession, string host, int processId, string version);

    [LoggerMessage(EventId = 901, Level = LogLevel.Information, Message = "Capture {Capture} has ended: {End} ({Detail})")]
    private partial void LogCaptureEnded(int capture, string end, string detail);

    [LoggerMessage(EventId = 902, Level = LogLevel.Information, Message = "Segment {Index} is closed: {Key}, {Duration} s, {Frames} frames, {Bytes} bytes")]
    private partial void LogSegmentClosed(int index, string key, double duration, int frames, long bytes);

    [LoggerMessage(EventId = 903, Level = LogLevel.Information, Message = "The display: {Monitors}")]
    private partial void LogDisplay(string monitors);

    [LoggerMessage(EventId = 904, Level = LogLevel.Information, Message = "Gap {Gap} began at {From}: {Cause} ({Detail})")]
    private partial void LogGapOpened(int gap, string from, string cause, string detail);

    [LoggerMessage(EventId = 905, Level = LogLevel.Information, Message = "Gap {Gap} is over after {Seconds} s")]
    private partial void LogGapClosed(int gap, double seconds);

    [LoggerMessage(EventId = 906, Level = LogLevel.Warning, Message = "The system's clock was set: it is {Offset} s off session time")]
    private partial void LogClock(double offset);

    [LoggerMessage(EventId = 907, Level = LogLevel.Information, Message = "The session's user was told of the recording: {How}")]
    private partial void LogNotice(string how);

    [LoggerMessage(EventId = 908, Level = LogLevel.Warning, Message = "The recorder had died after {LastSign}; {Repaired} unfinished files were repaired; recording goes on: {Continues}")]
    private partial void LogRecovered(string lastSign, int repaired, bool continues);

    [LoggerMessage(EventId = 909, Level = LogLevel.Information, Message = "The account is closed: {State}, ended at {EndedAt}")]
    private partial void LogSealed(string state, string endedAt);

    [LoggerMessage(EventId = 910, Level = LogLevel.Debug, Message = "Sink {Sink} has confirmed {Key}")]
    private partial void LogUploaded(string sink, string key);
}
