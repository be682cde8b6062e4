namespace SessionRecorder.Host.Sessions;

/// <summary>Tells what changed between two looks at the sessions. Not thread-safe.</summary>
/// <param name="remains">Whether a session that is no longer listed goes on all the same.</param>
internal sealed class SessionDifference(Func<DesktopSession, bool> remains)
{
    private readonly Dictionary<string, DesktopSession> _known = new(StringComparer.Ordinal);

    /// <summary>Takes in what is there now.</summary>
    /// <returns>What happened since the last call, ends first.</returns>
    public IReadOnlyList<SessionChange> Take(IEnumerable<DesktopSession> now)
    {
        var listed = now.ToDictionary(session => session.SystemSession, StringComparer.Ordinal);
        return [.. Gone(listed), .. listed.Values.OrderBy(session => session.SystemSession, StringComparer.Ordinal).SelectMany(Compare)];
    }

    private List<SessionChange> Gone(Dictionary<string, DesktopSession> listed)
    {
        var gone = _known.Values
            .Where(known => listed.TryGetValue(known.SystemSession, out var session) ? !IsSame(known, session) : !remains(known))
            .ToList();
        gone.ForEach(session => _known.Remove(session.SystemSession));
        return [.. gone.Select(session => new SessionChange(SessionChangeKind.LoggedOff, session))];
    }

    private IEnumerable<SessionChange> Compare(DesktopSession session)
    {
        var isNew = !_known.TryGetValue(session.SystemSession, out var before);
        _known[session.SystemSession] = session;
        if (isNew)
        {
            yield return new SessionChange(SessionChangeKind.LoggedOn, session);
            yield break;
        }

        if (session.IsConnected != before!.IsConnected)
        {
            yield return new SessionChange(
                session.IsConnected ? SessionChangeKind.Connected : SessionChangeKind.Disconnected, session);
        }

        if (session.IsLocked != before.IsLocked)
        {
            yield return new SessionChange(session.IsLocked ? SessionChangeKind.Locked : SessionChangeKind.Unlocked, session);
        }
    }

    // The SID may be not to be had at one look and to be had at the next; the name is always there.
    private static bool IsSame(DesktopSession one, DesktopSession other) =>
        one.User == other.User && one.Domain == other.Domain;
}
