using SessionRecorder.Host.Control;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Recording;

namespace SessionRecorder.Host.Service;

/// <summary>What the service does with the sessions of this machine. Thread-safe.</summary>
internal interface IRecordings
{
    /// <summary>The sessions that are in the spool.</summary>
    IReadOnlyList<string> ListIds();

    /// <summary>Whether an agent, a recovery or a start has the session in hand.</summary>
    bool IsInHand(string id);

    /// <summary>What is known of a session that nobody has in hand; null when it has gone.</summary>
    /// <exception cref="RecorderException">It is unreadable.</exception>
    SpooledSession? Inspect(string id);

    /// <summary>The agents that answer.</summary>
    Task<IReadOnlyList<AgentStatus>> AskAgentsAsync(CancellationToken cancellationToken);

    /// <summary>Starts an agent in a session of the system's, or finds that it is recorded.</summary>
    /// <param name="desktop">The session.</param>
    /// <param name="sessionId">Its id: of one whose agent died, or given by an administrator; null to make one.</param>
    /// <param name="platform">The platform's name; null for the configured one.</param>
    /// <param name="timeout">How long to wait for the first frame.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RecorderException">No agent could be launched.</exception>
    Task<StartResult> StartAsync(
        DesktopSession desktop, string? sessionId, string? platform, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Ends an agent's recording, and waits until it is delivered or the deadline is over.</summary>
    /// <returns>Whether all of it is delivered.</returns>
    Task<bool> StopAsync(string sessionId, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Finishes and delivers sessions that nobody has in hand.</summary>
    /// <param name="isWanted">Which of them.</param>
    /// <param name="onRecovered">Told of each.</param>
    /// <param name="cancellationToken">The deadline.</param>
    Task RecoverAsync(Func<string, bool> isWanted, Action<RecoveredSession> onRecovered, CancellationToken cancellationToken);
}

/// <summary>A session in the spool that nobody has in hand.</summary>
/// <param name="Id">The session.</param>
/// <param name="User">Whose it is.</param>
/// <param name="SystemSession">Where it was recorded.</param>
/// <param name="IsOpen">
/// Whether its recording may go on: its account is open, it was recorded in the background, and since the system's start.
/// </param>
/// <param name="UserId">What identifies the user to the system; null where it is not known.</param>
internal sealed record SpooledSession(string Id, string User, string SystemSession, bool IsOpen, string? UserId = null);
