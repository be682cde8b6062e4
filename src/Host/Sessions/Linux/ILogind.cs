namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>systemd-logind, where there is one. Thread-safe; the members block.</summary>
internal interface ILogind
{
    /// <summary>The sessions that it knows; null where there is no logind, or it does not answer.</summary>
    IReadOnlyList<LogindSession>? List();

    /// <summary>Ends a session and all its processes.</summary>
    /// <param name="id">A <see cref="LogindSession.Id"/>.</param>
    /// <exception cref="SystemBusException">logind refused, or does not answer.</exception>
    void Terminate(string id);

    /// <summary>Calls back, from any thread, when it tells of a change. Disposing ends it.</summary>
    IDisposable Listen(Action onChange);
}

/// <summary>A session of logind (org.freedesktop.login1(5)).</summary>
/// <param name="Id">Its name there.</param>
/// <param name="UserId">Whose.</param>
/// <param name="Class"><c>user</c>, <c>greeter</c> …</param>
/// <param name="State"><c>online</c>, <c>active</c>, <c>closing</c>.</param>
/// <param name="Display">The X display; empty where it is not known.</param>
/// <param name="Terminal">The virtual terminal; 0 for none.</param>
/// <param name="IsActive">Whether it is in the foreground of its seat; always, where it has none.</param>
/// <param name="IsLocked">Whether the session's desktop says that it is locked.</param>
internal sealed record LogindSession(
    string Id, uint UserId, string Class, string State, string Display, uint Terminal, bool IsActive, bool IsLocked)
{
    /// <summary><c>x11</c>, <c>wayland</c>, <c>tty</c> …; empty where logind does not tell.</summary>
    public string Type { get; init; } = "";

    /// <summary>When it began, UTC; null where logind does not tell.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Whether it has a screen.</summary>
    public bool IsGraphical => Type is "x11" or "wayland" or "mir";

    /// <summary>A session in which somebody works: not a logon screen, and not one that only ends its processes.</summary>
    public bool IsOfUser => Class.StartsWith("user", StringComparison.Ordinal) && State != "closing";

    /// <summary>A display's logon screen.</summary>
    public bool IsGreeter => Class == "greeter";
}
