using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Service;

namespace SessionRecorder.Tests.Service;

/// <summary>A machine without processes: its sessions, its spool, and what was asked of them. Thread-safe where tests need it.</summary>
internal sealed class FakeMachine : IRecordings, IDesktopSessions
{
    private Channel<SessionChange> _changes = Channel.CreateUnbounded<SessionChange>();

    /// <summary>Who is logged on.</summary>
    public List<DesktopSession> Desktops { get; } = [];

    /// <summary>The spool.</summary>
    public Dictionary<string, SpooledSession> Spool { get; } = [];

    /// <summary>What an agent, a recovery or a start has.</summary>
    public HashSet<string> InHand { get; } = [];

    public List<AgentStatus> Agents { get; } = [];

    /// <summary>What was started: the system's session, and the session's id where it was given.</summary>
    public List<(string SystemSession, string? Id)> Started { get; } = [];

    /// <summary>The users for whom an agent was started: those that were not found recorded already.</summary>
    public List<string?> Launched { get; } = [];

    public List<string> Stopped { get; } = [];

    public List<string> Recovered { get; } = [];

    /// <summary>What a start comes to.</summary>
    public Func<DesktopSession, StartReport> OnStart { get; set; } = _ => new StartReport(true, null, null, 0);

    /// <summary>Why the policy leaves every session alone; null where it does not.</summary>
    public string? NotRecorded { get; set; }

    public PlatformException? DesktopTrouble { get; set; }

    public static DesktopSession Desktop(string session, string user, string? userId = null) =>
        new() { SystemSession = session, User = user, UserId = userId ?? $"id of {user}" };

    public void Tell(SessionChangeKind kind, DesktopSession session) => _changes.Writer.TryWrite(new SessionChange(kind, session));

    /// <summary>Ends the watch with an error; the next one is told what comes after.</summary>
    public void Blind()
    {
        var broken = _changes;
        _changes = Channel.CreateUnbounded<SessionChange>();
        broken.Writer.Complete(new IOException("too many open files"));
    }

    public Task<IReadOnlyList<DesktopSession>> ListAsync(CancellationToken cancellationToken) =>
        DesktopTrouble is null ? Task.FromResult<IReadOnlyList<DesktopSession>>([.. Desktops]) : throw DesktopTrouble;

    public async IAsyncEnumerable<SessionChange> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var change in _changes.Reader.ReadAllAsync(cancellationToken))
        {
            yield return change;
        }
    }

    public IReadOnlyList<string> ListIds() => [.. Spool.Keys.Order()];

    public bool IsInHand(string id) => InHand.Contains(id);

    public SpooledSession? Inspect(string id) => Spool.GetValueOrDefault(id);

    public Task<IReadOnlyList<AgentStatus>> AskAgentsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<AgentStatus>>([.. Agents]);

    /// <summary>Stops come to their end only when this does.</summary>
    public Task StopGate { get; set; } = Task.CompletedTask;

    /// <summary>Starts come to their end only when this does.</summary>
    public Task StartGate { get; set; } = Task.CompletedTask;

    public async Task<StartResult> StartAsync(
        DesktopSession desktop, string? sessionId, string? platform, TimeSpan timeout, CancellationToken cancellationToken)
    {
        Started.Add((desktop.SystemSession, sessionId));
        await StartGate;
        if (sessionId is null && Agents.Find(agent => agent.SystemSession == desktop.SystemSession && !agent.IsStopping) is { } running)
        {
            return new StartResult(running.SessionId, true, new StartReport(true, null, null, 0));
        }

        Launched.Add(desktop.UserId);
        return NotRecorded is null
            ? new StartResult(sessionId ?? "new", false, OnStart(desktop))
            : new StartResult(sessionId ?? "new", false, new StartReport(false, null, null, 0), NotRecorded);
    }

    public async Task<bool> StopAsync(string sessionId, TimeSpan timeout, CancellationToken cancellationToken)
    {
        Stopped.Add(sessionId);
        await StopGate;
        Agents.RemoveAll(agent => agent.SessionId == sessionId);
        return true;
    }

    public Task RecoverAsync(Func<string, bool> isWanted, Action<RecoveredSession> onRecovered, CancellationToken cancellationToken)
    {
        Recovered.AddRange(ListIds().Where(id => !InHand.Contains(id) && isWanted(id)));
        return Task.CompletedTask;
    }

    public void AddAgent(string id, string systemSession, string state = "recording", string? userId = null) => Agents.Add(
        new AgentStatus(id, systemSession, "ada", state, default, 1, null, null, 0, 0, 0, null, null, []) { UserId = userId });
}
