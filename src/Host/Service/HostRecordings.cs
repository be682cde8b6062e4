using SessionRecorder.Host.Control;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Service;

/// <summary>The sessions of this machine, by the same means as the commands.</summary>
/// <param name="host">One for the life of the service: what plugins load is never unloaded.</param>
internal sealed class HostRecordings(RecorderHost host) : IRecordings
{
    /// <summary>Clocks and boot times are read one after the other.</summary>
    private static readonly TimeSpan BootTolerance = TimeSpan.FromSeconds(10);

    public IReadOnlyList<string> ListIds() => host.Spool.ListIds();

    public bool IsInHand(string id)
    {
        // One that is delivered and gone meanwhile is in nobody's hand, but there is nothing to be done about it either.
        if (host.Spool.IsHeld(id) || !File.Exists(SpoolFolder.DocumentPath(Path.Combine(host.Spool.Path, id))))
        {
            return true;
        }

        // A start that is under way has made the session, and its agent does not have it yet.
        using var start = host.Spool.TryHoldForStart(id);
        return start is null;
    }

    public SpooledSession? Inspect(string id)
    {
        if (host.Spool.Inspect(id) is not var (document, account))
        {
            return null;
        }

        var isOpen = account.Seal is null
            && OutputNote.Read(Path.Combine(host.Spool.Path, id)) is null
            && SessionTime.Later(account.LastAt, document.StartedAt) + account.ClockOffset > BootedAt() - BootTolerance;
        return new SpooledSession(id, document.User, document.SystemSession, isOpen, document.UserId);
    }

    public Task<IReadOnlyList<AgentStatus>> AskAgentsAsync(CancellationToken cancellationToken) =>
        new RunningAgents(host).AskAllAsync(cancellationToken);

    public Task<StartResult> StartAsync(
        DesktopSession desktop, string? sessionId, string? platform, TimeSpan timeout, CancellationToken cancellationToken) =>
        new SessionStarter(host, host.OnFailure).StartAsync(
            platform,
            new SessionQuery(sessionId, desktop.SystemSession),
            session => Pin(session, desktop),
            timeout,
            cancellationToken);

    public async Task<bool> StopAsync(string sessionId, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            using var channel = await ControlChannel.TryConnectAsync(host.ControlPathOf(sessionId), deadline.Token);
            return channel is not null
                && (await channel.StopAsync(timeout.TotalSeconds).WaitAsync(deadline.Token)).Delivered;
        }
        catch (Exception e) when (e is OperationCanceledException or StreamJsonRpc.ConnectionLostException or IOException)
        {
            // What it had is in the spool.
            return false;
        }
    }

    public Task RecoverAsync(
        Func<string, bool> isWanted, Action<RecoveredSession> onRecovered, CancellationToken cancellationToken) =>
        host.CreateRecovery().RunAsync(onRecovered, cancellationToken, isWanted);

    /// <summary>
    /// The platform says what the session is called and where it belongs; whose it is and how its screen is reached says the
    /// system, unless the platform knows the user by another system's word (AppStream's, say).
    /// </summary>
    /// <exception cref="PlatformException">The platform speaks of another session.</exception>
    private static UserSession Pin(UserSession session, DesktopSession desktop) =>
        session.SystemSession != desktop.SystemSession
            ? throw new PlatformException(
                $"the platform knows no session {desktop.SystemSession}, and gave {session.SystemSession} instead",
                FailureScope.Session,
                isTransient: false,
                "choose a platform that finds every session of this machine")
            : session with
            {
                User = session.UserId is null ? desktop.User : session.User,
                Domain = session.UserId is null ? desktop.Domain : session.Domain,
                UserId = desktop.UserId,
                Environment = desktop.Environment.Count == 0 ? session.Environment : desktop.Environment,
            };

    private static DateTimeOffset BootedAt() => DateTimeOffset.UtcNow - SystemUptime.Read();
}
