using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Configuration;

namespace SessionRecorder.Host.Plugins;

/// <summary>What the host gives to the plugins that it makes.</summary>
internal sealed record HostServices
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public required IProcessSupervisor Processes { get; init; }

    public required IDesktopSessions Sessions { get; init; }

    public required ILoggerFactory LoggerFactory { get; init; }

    /// <summary>The session that is recorded; null where there is none (<c>recover</c>, <c>list</c>).</summary>
    public UserSession? Session { get; init; }

    /// <summary>Where configured values came from, for errors in a plugin's options; null where it is not known.</summary>
    public ConfigurationSources? Sources { get; init; }
}
