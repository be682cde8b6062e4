namespace SessionRecorder.Host.Sessions.Windows;

/// <summary>What is asked of the Remote Desktop Services API (wtsapi32): thin, so that recorded answers can stand in.</summary>
internal interface IWtsApi
{
    /// <summary>The session that this process runs in; 0 is the services'.</summary>
    int OwnSession { get; }

    /// <summary>The user that this process runs as, for a system that enumerates nothing.</summary>
    (string User, string Domain) OwnUser { get; }

    /// <summary>WTSEnumerateSessionsEx, level 1.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It failed.</exception>
    IReadOnlyList<WtsSession> Enumerate();

    /// <summary>The session's SessionFlags of WTSQuerySessionInformation(WTSSessionInfoEx); null where it fails or says unknown.</summary>
    WtsLock? QueryLock(int session);

    /// <summary>WTSLogoffSession, without waiting for it.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It failed.</exception>
    void LogOff(int session);

    /// <summary>Calls back when a session changes; where Windows refuses to tell, nobody is called.</summary>
    IDisposable Listen(Action onChange);
}

/// <summary>A row of WTS_SESSION_INFO_1.</summary>
/// <param name="Id">The session's number.</param>
/// <param name="State">What goes on in it.</param>
/// <param name="User">The user's name, null or empty where nobody is logged on or the caller may not know.</param>
/// <param name="Domain">The user's domain, likewise.</param>
internal readonly record struct WtsSession(int Id, WtsState State, string? User, string? Domain);

/// <summary>WTS_CONNECTSTATE_CLASS.</summary>
internal enum WtsState
{
    Active,
    Connected,
    ConnectQuery,
    Shadow,
    Disconnected,
    Idle,
    Listen,
    Reset,
    Down,
    Init,
}

/// <summary>WTS_SESSIONSTATE_LOCK and WTS_SESSIONSTATE_UNLOCK.</summary>
internal enum WtsLock
{
    Locked = 0,
    Unlocked = 1,
}
