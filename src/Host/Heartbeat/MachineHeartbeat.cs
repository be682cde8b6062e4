using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Service;
using SessionRecorder.Host.Sessions;

namespace SessionRecorder.Host.Heartbeat;

/// <summary>Makes a machine's heartbeats: which sessions there are, and which of them are recorded.</summary>
/// <param name="desktops">The sessions there are.</param>
/// <param name="recordings">The agents.</param>
/// <param name="policy">Looks up the policy: why it leaves a session alone, or null.</param>
/// <param name="records">Whether the service records every session by itself (<c>Service:Watch</c>).</param>
/// <param name="keyPrefix">What every key begins with.</param>
/// <param name="interval">When the next is due.</param>
/// <param name="time">The clock.</param>
internal sealed class MachineHeartbeat(
    IDesktopSessions desktops,
    IUnseenSessions unseen,
    IRecordings recordings,
    Func<Task<Func<DesktopSession, string?>>> policy,
    bool records,
    string keyPrefix,
    TimeSpan interval,
    TimeProvider time)
{
    private const string OfNobody = "nobody is logged on: a display that a program of root's opened";

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
                    desktop.SystemSession,
                    desktop.User,
                    recorded[desktop.SystemSession].FirstOrDefault(),
                    excepted(desktop) ?? ExceptedByNature(desktop))),
                .. unseenNow.Select(session => new HeartbeatDesktop(session.SystemSession, session.User, null, null, session.Reason)),
            ],
        });
    }

    /// <summary>A display of root's without a logon (an Xvfb of some job) counts only where the service is to record each one.</summary>
    private string? ExceptedByNature(DesktopSession desktop) => desktop.IsOfUser || records ? null : OfNobody;
}
