namespace SessionRecorder.Host.Sessions;

/// <summary>Reads the sessions of one kind of system. Thread-safe; the members block.</summary>
internal interface ISessionReader
{
    /// <summary>The sessions of users, in any order.</summary>
    /// <exception cref="PlatformException">The system could not be asked.</exception>
    IReadOnlyList<DesktopSession> Read();

    /// <summary>The sessions of users that are there and of which no picture is to be had; in any order.</summary>
    /// <exception cref="PlatformException">The system could not be asked.</exception>
    IReadOnlyList<UnseenSession> ReadUnseen();

    /// <summary>Whether a session that is no longer listed goes on all the same: its display server alone is gone.</summary>
    bool Remains(DesktopSession session);

    /// <summary>Calls back, from any thread, whenever something may have changed. Disposing ends it.</summary>
    /// <remarks>Where the system has no events it calls nobody: sessions are looked at now and then anyway.</remarks>
    IDisposable Listen(Action onChange);
}
