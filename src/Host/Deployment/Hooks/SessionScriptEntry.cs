namespace SessionRecorder.Host.Deployment.Hooks;

/// <summary>A script of AppStream, of those that this program brings.</summary>
/// <param name="Event">When it runs: <c>SessionStart</c> or <c>SessionTermination</c>.</param>
/// <param name="FileName">The program.</param>
/// <param name="Arguments">Its arguments, one text.</param>
internal sealed record SessionScriptEntry(string Event, string FileName, string Arguments)
{
    /// <summary>AppStream's limit for each of the two texts.</summary>
    public const int LongestText = 1000;

    /// <summary>The longest that AppStream waits for an event's scripts, in seconds.</summary>
    public const int LongestWait = 60;

    /// <summary>What <c>start</c> may take of it; the rest is for the process to end and to say why.</summary>
    private const int StartSeconds = 50;

    /// <summary>What <c>stop</c> may take of it.</summary>
    public const int StopSeconds = 55;

    /// <summary>Our scripts, both in the system context.</summary>
    public static IReadOnlyList<SessionScriptEntry> ForPointer(string pointer) =>
    [
        new("SessionStart", pointer, $"start --timeout {StartSeconds}s"),
        new("SessionTermination", pointer, $"stop --platform auto --timeout {StopSeconds}s"),
    ];

    /// <summary>Whether a script of that name is one that this program brought, of whatever version.</summary>
    public static bool IsOurs(string fileName)
    {
        var name = fileName[(fileName.LastIndexOfAny(['/', '\\']) + 1)..];
        return name.Equals("session-recorder", StringComparison.OrdinalIgnoreCase)
            || name.Equals("session-recorder.bat", StringComparison.OrdinalIgnoreCase)
            || name.Equals("session-recorder.exe", StringComparison.OrdinalIgnoreCase);
    }
}
