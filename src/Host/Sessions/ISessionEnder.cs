namespace SessionRecorder.Host.Sessions;

/// <summary>Logs the user of a session off. Thread-safe; the member blocks.</summary>
internal interface ISessionEnder
{
    /// <summary>Asks the system to end the session, and does not wait for that.</summary>
    /// <param name="session">The session, as the system listed it just now.</param>
    /// <exception cref="PlatformException">The system refused, or has no means to.</exception>
    void LogOff(DesktopSession session);
}
