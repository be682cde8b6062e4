namespace SessionRecorder.Host.Sessions;

/// <summary>A session that nobody can record: told, so that it is not taken for one that is not there.</summary>
/// <param name="SystemSession">The system's name for it, of whatever kind it has.</param>
/// <param name="User">Whose it is.</param>
/// <param name="Reason">Why, in words for operators.</param>
internal sealed record UnseenSession(string SystemSession, string User, string Reason);

/// <summary>Tells of sessions that nobody can record. Thread-safe.</summary>
internal interface IUnseenSessions
{
    /// <summary>Those that are there now.</summary>
    /// <exception cref="PlatformException">The system could not be asked.</exception>
    Task<IReadOnlyList<UnseenSession>> ListUnseenAsync(CancellationToken cancellationToken);
}
