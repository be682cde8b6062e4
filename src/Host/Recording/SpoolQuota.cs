using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Wording;

namespace SessionRecorder.Host.Recording;

/// <summary>How full the spool is.</summary>
internal enum SpoolLevel
{
    /// <summary>There is room.</summary>
    Roomy,

    /// <summary>It is filling up, and less is captured.</summary>
    Thinning,

    /// <summary>It holds as much as it may, and capturing pauses.</summary>
    Full,
}

/// <summary>Watches how much video of all sessions waits in the spool. Deletes nothing.</summary>
/// <remarks>
/// Called from the recording loop; <see cref="Level"/> and <see cref="Bytes"/> may be read from any thread. It looks at the
/// files, since other agents and recoveries fill and empty the same spool.
/// </remarks>
internal sealed partial class SpoolQuota
{
    /// <summary>Pictures a second while the spool fills up.</summary>
    public const double ThinFrameRate = 1;

    private const double ThinFrom = 0.75;
    private const double ThinUntil = 0.6;
    private const double FullUntil = 0.9;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly SpoolSession _spool;
    private readonly string _sessions;
    private readonly SpoolFullPolicy _policy;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private volatile SpoolLevel _level;
    private long _bytes;
    private long? _lookedAt;

    /// <summary>Makes one.</summary>
    /// <param name="spool">The session whose ledger is told.</param>
    /// <param name="limit">The limit in bytes; null for none.</param>
    /// <param name="policy">What happens as it is reached.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of each change.</param>
    public SpoolQuota(SpoolSession spool, long? limit, SpoolFullPolicy policy, TimeProvider time, ILogger<SpoolQuota> logger)
    {
        _spool = spool;
        _sessions = Path.GetDirectoryName(spool.Directory)!;
        Limit = limit;
        _policy = policy;
        _time = time;
        _logger = logger;
    }

    /// <summary>The limit in bytes; null for none.</summary>
    public long? Limit { get; }

    /// <summary>How full it was when it was looked at last.</summary>
    public SpoolLevel Level => _level;

    /// <summary>What lay in it then.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Looks, at most every two seconds, and tells ledger and log of a change.</summary>
    public SpoolLevel Check()
    {
        if (Limit is not { } limit || (_lookedAt is { } last && _time.GetElapsedTime(last) < Interval))
        {
            return _level;
        }

        _lookedAt = _time.GetTimestamp();
        var bytes = SpoolFolder.VideoBytesOf(_sessions);
        Interlocked.Exchange(ref _bytes, bytes);
        var level = Judge((double)bytes / limit);
        if (level != _level)
        {
            _level = level;
            Tell(level, bytes, limit);
        }

        return level;
    }

    /// <summary>What a capture is to deliver at present.</summary>
    /// <param name="configured">Pictures a second, as configured.</param>
    public double FrameRate(double configured) => _level == SpoolLevel.Roomy ? configured : Math.Min(configured, ThinFrameRate);

    /// <summary>For people: <c>1.2 GB of at most 1.2 GB wait in the spool</c>.</summary>
    public string Describe() => $"{Amount.Size(Bytes)} of at most {Amount.Size(Limit ?? 0)} wait in the spool";

    private SpoolLevel Judge(double share)
    {
        // With less to leave a level than to reach it, so that recording does not flutter around the limit.
        if (share >= 1 || (_level == SpoolLevel.Full && share > FullUntil))
        {
            return SpoolLevel.Full;
        }

        var isThin = _policy == SpoolFullPolicy.Thin && share >= (_level == SpoolLevel.Roomy ? ThinFrom : ThinUntil);
        return isThin ? SpoolLevel.Thinning : SpoolLevel.Roomy;
    }

    private void Tell(SpoolLevel level, long bytes, long limit)
    {
        _spool.Record(new SpoolFilled(_spool.Clock.Now, KebabCase.Of(level), bytes, limit));
        var filling = Describe();
        switch (level)
        {
            case SpoolLevel.Full:
                LogFull(filling);
                break;
            case SpoolLevel.Thinning:
                LogThinning(filling);
                break;
            default:
                LogRoom(filling);
                break;
        }
    }

    [LoggerMessage(EventId = 370, Level = LogLevel.Warning, Message = "{Filling}: capturing pauses until something was delivered")]
    private partial void LogFull(string filling);

    [LoggerMessage(EventId = 371, Level = LogLevel.Warning, Message = "{Filling}: one picture a second is captured until there is room again")]
    private partial void LogThinning(string filling);

    [LoggerMessage(EventId = 372, Level = LogLevel.Information, Message = "There is room again: {Filling}")]
    private partial void LogRoom(string filling);
}

/// <summary>The spool holds as much as it may.</summary>
internal sealed class SpoolFullException(string message) : RecorderException(
    message, FailureScope.Session, isTransient: true, "see `session-recorder status` for the storage that does not take it, or raise SpoolLimit");
