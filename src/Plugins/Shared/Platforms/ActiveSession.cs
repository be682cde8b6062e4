namespace SessionRecorder.Plugins;

/// <summary>Waits for the desktop session that is to be recorded. Thread-safe.</summary>
/// <param name="sessions">The machine's sessions; asked only when one is waited for.</param>
/// <param name="time">The clock.</param>
internal sealed class ActiveSession(Lazy<IDesktopSessions> sessions, TimeProvider time)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    /// <summary>Adds what identifies the user, where it is missing and the system still has the session.</summary>
    public async Task<UserSession> IdentifyAsync(UserSession session, CancellationToken cancellationToken)
    {
        if (session.UserId is not null)
        {
            return session;
        }

        try
        {
            var all = await sessions.Value.ListAsync(cancellationToken);

            // The number of a session that has ended may be another user's by now.
            var same = all.FirstOrDefault(s => s.SystemSession == session.SystemSession && s.User == session.User);
            return session with { UserId = same?.UserId };
        }
        catch (Exception e) when (e is PlatformException or OperationCanceledException)
        {
            return session;
        }
    }

    /// <summary>Waits for a session.</summary>
    /// <param name="systemSession">The one that is meant, whether or not somebody looks at it; null for one that the choice takes.</param>
    /// <param name="choose">Chooses from the sessions that somebody looks at; null to go on waiting.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="PlatformException">The sessions cannot be listed, now or ever; or the choice is none.</exception>
    public async Task<DesktopSession> WaitAsync(
        string? systemSession, Func<IReadOnlyList<DesktopSession>, DesktopSession?> choose, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await FindAsync(systemSession, choose, cancellationToken) is { } found)
            {
                return found;
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    /// <summary>Takes the only one; of several, none is the right one by chance.</summary>
    /// <exception cref="PlatformException">Permanent: there are several.</exception>
    public static DesktopSession? Only(IReadOnlyList<DesktopSession> connected) => connected switch
    {
        [] => null,
        [var only] => only,
        _ => throw new PlatformException(
            $"{connected.Count} sessions are active: " + string.Join(", ", connected.Select(s => $"{s.SystemSession} of {s.User}")),
            FailureScope.Session,
            isTransient: false,
            "Record each of them with `start --each`, or let the recorder's service watch the sessions."),
    };

    private async Task<DesktopSession?> FindAsync(
        string? systemSession, Func<IReadOnlyList<DesktopSession>, DesktopSession?> choose, CancellationToken cancellationToken)
    {
        IReadOnlyList<DesktopSession> all;
        try
        {
            all = await sessions.Value.ListAsync(cancellationToken);
        }
        catch (PlatformException e) when (e.IsTransient)
        {
            // Early in a machine's life the system may not answer yet; whoever waits has a deadline.
            return null;
        }

        return systemSession is not null
            ? all.FirstOrDefault(session => session.SystemSession == systemSession)
            : choose([.. all.Where(session => session.IsConnected)]);
    }
}
