namespace SessionRecorder;

/// <summary>The desktop sessions of this machine: who is logged on, and what becomes of each session.</summary>
/// <remarks>
/// The host implements it for the system that it runs on and registers it in every plugin's container: the Remote Desktop
/// Services API (WTS) on Windows, logind and the X servers that listen on Linux. The members may be called from any thread,
/// and concurrently. Sessions without a user (the logon screen, the services' session 0) are left out.
/// </remarks>
public interface IDesktopSessions
{
    /// <summary>The sessions that exist now, ordered by <see cref="DesktopSession.SystemSession"/>.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The sessions; those of users whom the caller may not see are left out.</returns>
    /// <exception cref="PlatformException">The system could not be asked.</exception>
    Task<IReadOnlyList<DesktopSession>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Tells of each change from now on, event-driven where the system has events.</summary>
    /// <remarks>
    /// Every session that exists at the call is told first, as <see cref="SessionChangeKind.LoggedOn"/>. The stream ends
    /// only when it is cancelled.
    /// </remarks>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <returns>The changes, in order.</returns>
    /// <exception cref="PlatformException">The system could not be asked.</exception>
    IAsyncEnumerable<SessionChange> WatchAsync(CancellationToken cancellationToken);
}

/// <summary>What happened to a session.</summary>
public enum SessionChangeKind
{
    /// <summary>It came into being, or existed when the watching began.</summary>
    LoggedOn,

    /// <summary>Somebody looks at it again: at the console, or from afar.</summary>
    Connected,

    /// <summary>Nobody looks at it; its programs go on.</summary>
    Disconnected,

    /// <summary>The user locked it.</summary>
    Locked,

    /// <summary>The user unlocked it.</summary>
    Unlocked,

    /// <summary>It is ending or has ended.</summary>
    LoggedOff,
}

/// <summary>A change of one session.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Session">The session as it is after the change.</param>
public sealed record SessionChange(SessionChangeKind Kind, DesktopSession Session);
