namespace SessionRecorder;

/// <summary>A desktop session of this machine, as the system knows it.</summary>
public sealed record DesktopSession
{
    /// <summary>The system's own name for it: the X display (<c>:0</c>), the Windows session number (<c>2</c>).</summary>
    public required string SystemSession { get; init; }

    /// <summary>The user's name without a domain, as the system writes it; any Unicode.</summary>
    public required string User { get; init; }

    /// <summary>The user's domain or machine on Windows; null on Linux.</summary>
    public string? Domain { get; init; }

    /// <summary>
    /// What identifies the user to the system: the SID on Windows (<c>S-1-5-21-…</c>), the user number on Linux
    /// (<c>1000</c>). Null where the caller may not know it.
    /// </summary>
    public string? UserId { get; init; }

    /// <summary>
    /// Whether a user has it; false for an X display of root's that nobody logged on to, which a program opened for itself
    /// (Xvfb) or an administrator without a logon.
    /// </summary>
    public bool IsOfUser { get; init; } = true;

    /// <summary>Whether somebody is looking at it, at the console or from afar.</summary>
    public bool IsConnected { get; init; } = true;

    /// <summary>Whether it is locked; false where the system does not tell.</summary>
    public bool IsLocked { get; init; }

    /// <summary>
    /// Whether the system speaks for it: its session manager knows it, or the system itself runs its display server. False for
    /// a display that only a running server speaks for, which any user can start.
    /// </summary>
    public bool IsVouchedFor { get; init; } = true;

    /// <summary>When its display server began, UTC; null where the system does not tell. Orders displays that nobody vouches for.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>
    /// Environment variables that a process needs to reach the session's screen (<c>DISPLAY</c>, <c>XAUTHORITY</c>);
    /// taken from the system and from the X server, never from the user's processes.
    /// </summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
