using Microsoft.Extensions.Logging;

namespace SessionRecorder.Host.Configuration;

/// <summary>What agents and the service log, and where it goes.</summary>
internal sealed class LogOptions
{
    /// <summary>The least that is written to log files.</summary>
    public LogDetail Level { get; set; } = LogDetail.Information;

    /// <summary>Whether a session's log is stored beside its recording.</summary>
    public bool Upload { get; set; } = true;

    /// <summary>The level as loggers know it.</summary>
    public LogLevel Least() => Level switch
    {
        LogDetail.Debug => LogLevel.Debug,
        LogDetail.Warning => LogLevel.Warning,
        LogDetail.Error => LogLevel.Error,
        _ => LogLevel.Information,
    };
}

/// <summary>How much is logged.</summary>
internal enum LogDetail
{
    Debug,

    Information,

    Warning,

    Error,
}
