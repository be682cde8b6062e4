using SessionRecorder.Host.Heartbeat;

namespace SessionRecorder.Host.Hosting;

/// <summary>A recording, as far as it matters to whose session ends.</summary>
/// <param name="Id">The session's id.</param>
/// <param name="SystemSession">The system's name for it.</param>
/// <param name="IsStopping">Whether it records no more, and only delivers.</param>
/// <param name="Metadata">What describes it.</param>
/// <param name="UserId">What identifies its user to the system; null where it is not known.</param>
internal sealed record EndingCandidate(
    string Id, string SystemSession, bool IsStopping, IReadOnlyDictionary<string, string> Metadata, string? UserId = null);

/// <summary>Finds the recording that a hook at a session's end was called for, where several sessions share a machine.</summary>
/// <remarks>
/// Such a hook runs as the system, and is mostly not told whose session ends; the session itself is still there, for it is
/// logged off after the hook. Another user's recording must not be ended by it. None needs to be: each ends with its session.
/// </remarks>
internal sealed class EndingSessions(RecorderHost host)
{
    /// <summary>Root's number on Linux. On Windows, where identifiers are SIDs, nobody has it, whatever the user is called.</summary>
    private const string Root = "0";

    /// <summary>The recordings to stop for a hook that runs before its session is over; none where that cannot be told.</summary>
    /// <param name="platformName">The platform whose hook it is, or <c>auto</c>.</param>
    /// <param name="running">The sessions that have an agent.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<string>> FindAsync(
        string platformName, IReadOnlyList<string> running, CancellationToken cancellationToken)
    {
        var platform = await host.SelectPlatformAsync(platformName, cancellationToken);
        var candidates = await AskAsync(running, cancellationToken);
        return Choose((platform as IEndingSession)?.FindEndingSessionId(), candidates, await ListSessionsAsync(cancellationToken));
    }

    /// <summary>The recordings whose sessions are over or disconnected, for a task that runs after that; none where the system does not tell.</summary>
    /// <param name="running">The sessions that have an agent.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<string>> FindLeftAsync(IReadOnlyList<string> running, CancellationToken cancellationToken) =>
        ChooseLeft(await AskAsync(running, cancellationToken), await ListSessionsAsync(cancellationToken));

    /// <summary>
    /// Whether a session in the spool, which nobody has in hand, is over, so that its recording will not go on: the service
    /// starts an agent again where it is not.
    /// </summary>
    public async Task<Func<string, bool>> FindOverAsync(CancellationToken cancellationToken)
    {
        var sessions = await ListSessionsAsync(cancellationToken);
        return id => sessions is not null
            && host.Spool.ReadDocument(id) is { } document
            && sessions.All(session => session.SystemSession != document.SystemSession);
    }

    /// <summary>Why none of the machine's sessions is recorded; null where one should be, where there is none, or where nothing is known.</summary>
    /// <param name="platformName">The platform whose hook it is, or <c>auto</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<string?> FindExceptedAsync(string platformName, CancellationToken cancellationToken)
    {
        try
        {
            var platform = await host.SelectPlatformAsync(platformName, cancellationToken);
            return FindExcepted(
                await ListSessionsAsync(cancellationToken),
                session => host.Policy.ReasonAgainst(MachineHeartbeat.SessionOf(session), platform.Name));
        }
        catch (RecorderException)
        {
            // Where the platform is not known, neither is the policy's reason; that nothing is recorded is told then.
            return null;
        }
    }

    /// <summary>The policy's reasons, where it excepts every session; null where it does not.</summary>
    /// <param name="sessions">The sessions that exist; null where the system could not be asked.</param>
    /// <param name="reasonAgainst">Why a session is not recorded; null where it is.</param>
    public static string? FindExcepted(IReadOnlyList<DesktopSession>? sessions, Func<DesktopSession, string?> reasonAgainst)
    {
        string?[] reasons = [.. (sessions ?? []).Where(session => session.UserId != Root).Select(reasonAgainst).Distinct()];
        return reasons.Length == 0 || reasons.Contains(null) ? null : string.Join("; ", reasons);
    }

    /// <summary>
    /// The one that the hook names. Else those whose session is over, and with them those of the only user who is left: unless
    /// somebody else is there whose session may as well be the one that ends. What looks like another session of the same user
    /// is nobody else: on Linux any user can have displays, or sockets that look like some.
    /// </summary>
    /// <param name="told">The id that the hook was told, or null.</param>
    /// <param name="recordings">What has an agent.</param>
    /// <param name="sessions">The sessions that exist; null where the system could not be asked.</param>
    public static IReadOnlyList<string> Choose(
        string? told, IReadOnlyList<EndingCandidate> recordings, IReadOnlyList<DesktopSession>? sessions)
    {
        // On Windows a user can write the id that stands in his own variables. Two that claim the same one prove nothing.
        if (told is not null && recordings.Where(recording => IsNamed(recording, told)).ToArray() is [var named])
        {
            return [named.Id];
        }

        var present = recordings.Where(recording => !recording.IsStopping && Exists(recording, sessions)).ToArray();
        var isAnybodyElseThere = sessions is not null && sessions.Any(session =>
            session.UserId != Root
            && recordings.All(recording => recording.SystemSession != session.SystemSession && !IsSame(recording.UserId, session.UserId)));
        var areSeveral = present.Skip(1).Any(recording => !IsSame(recording.UserId, present[0].UserId));
        var kept = areSeveral || isAnybodyElseThere ? present : [];
        return [.. recordings.Except(kept).Select(recording => recording.Id)];
    }

    /// <summary>Those whose session is gone, or that nobody looks at. That of a session that is looked at stays, be it the only one.</summary>
    /// <param name="recordings">What has an agent.</param>
    /// <param name="sessions">The sessions that exist; null where the system could not be asked.</param>
    public static IReadOnlyList<string> ChooseLeft(IReadOnlyList<EndingCandidate> recordings, IReadOnlyList<DesktopSession>? sessions) =>
    [
        .. recordings
            .Where(recording => sessions?.Any(session => session.SystemSession == recording.SystemSession && session.IsConnected) == false)
            .Select(recording => recording.Id),
    ];

    private static bool IsSame(string? one, string? other) => one is not null && one == other;

    private static bool IsNamed(EndingCandidate recording, string told) =>
        recording.Id == told || recording.Id.StartsWith(told + "-", StringComparison.Ordinal) || recording.Metadata.Values.Contains(told);

    private static bool Exists(EndingCandidate recording, IReadOnlyList<DesktopSession>? sessions) =>
        sessions is null || sessions.Any(session => session.SystemSession == recording.SystemSession);

    private async Task<IReadOnlyList<EndingCandidate>> AskAsync(IReadOnlyList<string> running, CancellationToken cancellationToken)
    {
        var agents = new RunningAgents(host);
        var candidates = new List<EndingCandidate>();
        foreach (var held in agents.Held().Where(held => running.Contains(held.SessionId)))
        {
            var status = await agents.AskAsync(held.SessionId, cancellationToken);
            candidates.Add(new EndingCandidate(held.SessionId, held.SystemSession, status is { IsStopping: true }, held.Metadata, held.UserId));
        }

        return candidates;
    }

    private async Task<IReadOnlyList<DesktopSession>?> ListSessionsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await host.Sessions.ListAsync(cancellationToken);
        }
        catch (PlatformException)
        {
            // Then only what the hook and the agents say counts.
            return null;
        }
    }
}
