namespace SessionRecorder.Tests;

/// <summary>What scripts/setup-wine and scripts/publish leave, and paths as both systems write them.</summary>
internal static class WineFolder
{
    public const string Loader = "/usr/lib/wine/wine64";

    private static readonly string _root = FindRoot();

    /// <summary>The published program, as Linux sees it.</summary>
    public static string Program { get; } = Path.Combine(_root, "artifacts", "publish", "win-x64", "session-recorder.exe");

    public static string Prefix => Path.Combine(Wine, "prefix");

    public static string Ffmpeg => Path.Combine(Wine, "ffmpeg", "ffmpeg.exe");

    public static string Helper => Path.Combine(Wine, "helper", "wine-helper.exe");

    /// <summary>Why Wine could not be set up on this machine; null when it was.</summary>
    public static string? Unavailable
    {
        get
        {
            var reason = Path.Combine(Wine, "unavailable");
            return File.Exists(reason) ? File.ReadAllText(reason).Trim() : null;
        }
    }

    private static string Wine => Path.Combine(_root, "artifacts", "wine");

    /// <summary>A Linux path as a program under Wine writes it.</summary>
    public static string ToWindows(string path) => "Z:" + Path.GetFullPath(path).Replace('/', '\\');

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Framework.sln")))
            {
                return folder.FullName;
            }
        }

        throw new FileNotFoundException("the repository was not found above the tests");
    }
}
