using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Service;
using SessionRecorder.Host.Sessions;

namespace SessionRecorder.Host.Heartbeat;

/// <summary>Makes a machine's heartbeats: which sessions there are, and which of them are recorded.</summary>
internal sealed class MachineHeartbeat(
    IDesktopSessions desktops,
    IUnseenSessions unseen,
    IRecordings recordings,
    Func<Task<Func<DesktopSession, string?>>> policy,
    string keyPrefix,
    TimeSpan interval,
    TimeProvider time)
{
    /// <summary>A desktop session as the policy looks at it.</summary>
    public static UserSession SessionOf(DesktopSession desktop) => new()
    {
        Id = "machine",
        User = desktop.User,
        Domain = desktop.Domain,
        UserId = desktop.UserId,
        Host = Environment.MachineName,
        SystemSession = desktop.SystemSession,
    };

    /// <summary>Looks, and tells.</summary>
    public async Task<(string Key, HeartbeatDocument Document)?> MakeAsync()
    {
        var agents = await recordings.AskAgentsAsync(CancellationToken.None);
        var recorded = agents.Where(agent => !agent.IsStopping).ToLookup(agent => agent.SystemSession, agent => agent.SessionId);
        var seen = await desktops.ListAsync(CancellationToken.None);
        var unseenNow = await unseen.ListUnseenAsync(CancellationToken.None);
        var excepted = await policy();
        var host = Environment.MachineName;
        return (HeartbeatDocument.KeyOf(keyPrefix, host), new HeartbeatDocument
        {
            Host = host,
            At = time.GetUtcNow(),
            Interval = interval.TotalSeconds,
            Recorder = CommandLine.Version,
            Desktops =
            [
                .. seen.Select(desktop => new HeartbeatDesktop(
                    desktop.SystemSession, desktop.User, recorded[desktop.SystemSession].FirstOrDefault(), excepted(desktop))),
                .. unseenNow.Select(session => new HeartbeatDesktop(session.SystemSession, session.User, null, null, session.Reason)),
            ],
        });
    }
}
