using SessionRecorder.Host.Sessions;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Service;

/// <summary>What the service is made of.</summary>
internal sealed record ServiceParts
{
    public required IRecordings Recordings { get; init; }

    public required IDesktopSessions Desktops { get; init; }

    public required IUnseenSessions UnseenSessions { get; init; }

    public required IMachineEnd MachineEnd { get; init; }

    public required TrustPolicy Trust { get; init; }

    /// <summary>Where it listens.</summary>
    public required string ChannelPath { get; init; }

    /// <summary>Whether it records every session by itself.</summary>
    public required bool Watch { get; init; }

    /// <summary>Stores the machine's signs of life until cancelled; null where it stores none.</summary>
    public Func<CancellationToken, Task>? Beat { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
