namespace SessionRecorder.Host.Sessions;

/// <summary>Logs off the session that was to be recorded, and never another.</summary>
/// <param name="sessions">The machine's sessions.</param>
/// <param name="ender">Ends one.</param>
internal sealed class SessionLogoff(IDesktopSessions sessions, ISessionEnder ender)
{
    /// <summary>How long the system may take to say who is logged on.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Logs its user off.</summary>
    /// <param name="session">The session, as it was to be recorded.</param>
    /// <exception cref="PlatformException">It is not there any more, is another user's by now, or the system refused.</exception>
    public async Task RunAsync(UserSession session)
    {
        using var limit = new CancellationTokenSource(Patience);
        var now = (await ListAsync(limit.Token)).FirstOrDefault(listed => listed.SystemSession == session.SystemSession)
            ?? throw Refused($"the system does not list the session {session.SystemSession}", "nothing, if its user has logged off meanwhile");
        if (!IsSame(session, now))
        {
            throw Refused(
                $"the session {session.SystemSession} is of {now.User} now, and {session.User} was to be recorded",
                "see who is logged on there");
        }

        await Task.Run(() => ender.LogOff(now), limit.Token).WaitAsync(Patience);
    }

    /// <summary>Numbers are the system's own word; names are compared where one of the two has no number.</summary>
    private static bool IsSame(UserSession session, DesktopSession now) => session.UserId is { } id && now.UserId is { } known
        ? id == known
        : string.Equals(session.User, now.User, StringComparison.OrdinalIgnoreCase)
            && (session.Domain is null || now.Domain is null || string.Equals(session.Domain, now.Domain, StringComparison.OrdinalIgnoreCase));

    private async Task<IReadOnlyList<DesktopSession>> ListAsync(CancellationToken limit)
    {
        try
        {
            return await sessions.ListAsync(limit).WaitAsync(limit);
        }
        catch (OperationCanceledException)
        {
            throw Refused($"the system did not say within {Patience.TotalSeconds:0} s who is logged on", "see whether the machine is overloaded");
        }
    }

    private static PlatformException Refused(string why, string remedy) => new(
        why, FailureScope.Session, isTransient: false, remedy);
}
