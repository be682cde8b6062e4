using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Logging;
using SessionRecorder.Host.Notices;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Recording;

/// <summary>What a recording is made of.</summary>
internal sealed record RecordingParts
{
    public required UserSession Session { get; init; }

    public required SpoolSession Spool { get; init; }

    public required CaptureOptions Options { get; init; }

    /// <summary>How many bytes of all sessions' video may wait in the spool; null for no limit.</summary>
    public long? SpoolLimit { get; init; }

    /// <summary>What happens as that is reached.</summary>
    public SpoolFullPolicy OnSpoolFull { get; init; }

    public required ICaptureSource Source { get; init; }

    public required IDisplayMonitor Display { get; init; }

    /// <summary>Tells of the user's input; null where the display plugin cannot.</summary>
    public IUserActivity? Activity { get; init; }

    /// <summary>Tells the session's user; null where nobody is to be told.</summary>
    public SessionNotice? Notice { get; init; }

    public required IDesktopSessions Sessions { get; init; }

    /// <summary>How long the session may be gone before it is over.</summary>
    public TimeSpan SessionGrace { get; init; } = SessionWatch.DefaultGrace;

    public required TimeProvider Time { get; init; }

    public required ILoggerFactory Loggers { get; init; }

    /// <summary>The session's log, where it is stored beside the recording; else null.</summary>
    public SessionLog? Log { get; init; }

    /// <summary>
    /// Completes session.json where it is provisional, however late; cancelled, it makes do with what is known. Null where
    /// there is nothing to wait for.
    /// </summary>
    public Func<CancellationToken, Task<SessionDocument>>? Describe { get; init; }

    /// <summary>How often what growing files grew by is sent to the sinks; zero for not at all.</summary>
    public TimeSpan TailInterval { get; init; }

    /// <summary>Called, from any thread, when a segment has entered the spool.</summary>
    public required Action OnSegment { get; init; }
}

/// <summary>What a recording is doing.</summary>
/// <param name="Frames">Frames of the running capture.</param>
/// <param name="GapCause">Why there is no picture at the moment, or null.</param>
/// <param name="GapDetail">More about it, or null.</param>
/// <param name="Source">The way the screen is read, or null before the first capture.</param>
/// <param name="ProcessId">The capturing process, or null.</param>
internal sealed record RecordingStatus(long Frames, string? GapCause, string? GapDetail, string? Source, int? ProcessId)
{
    /// <summary>How full the spool is; null where it has no limit.</summary>
    public SpoolFill? Spool { get; init; }
}

/// <summary>How full the spool is.</summary>
/// <param name="Level"><c>roomy</c>, <c>thinning</c> or <c>full</c>.</param>
/// <param name="Bytes">The video of all sessions that waits.</param>
/// <param name="Limit">How much may.</param>
internal sealed record SpoolFill(string Level, long Bytes, long Limit);
