namespace SessionRecorder;

/// <summary>A desktop session to record: who is there, and how its screen is reached.</summary>
public sealed record UserSession
{
    /// <summary>
    /// The session's id in this product: the spool folder and the last part of the storage prefix. 1 to 128 of
    /// letters, digits, <c>.</c>, <c>_</c> and <c>-</c>, not beginning with a dot.
    /// </summary>
    public required string Id { get; init; }

    /// <summary>The user's name, as the system writes it; any Unicode. Never used in a path without encoding.</summary>
    public required string User { get; init; }

    /// <summary>The user's domain or machine on Windows; null where there is none or it is not known.</summary>
    public string? Domain { get; init; }

    /// <summary>What identifies the user to the system, as <see cref="DesktopSession.UserId"/>; null where it is not known.</summary>
    public string? UserId { get; init; }

    /// <summary>The machine's name.</summary>
    public required string Host { get; init; }

    /// <summary>
    /// The system's own name for the session, by which two sessions on one machine differ: the X display
    /// (<c>:0</c>), the Windows session number (<c>2</c>).
    /// </summary>
    public required string SystemSession { get; init; }

    /// <summary>
    /// Environment variables that a process needs to reach the session's screen (<c>DISPLAY</c>, <c>XAUTHORITY</c>).
    /// Held in memory and given to child processes; not stored.
    /// </summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
