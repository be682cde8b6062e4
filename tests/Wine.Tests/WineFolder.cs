namespace SessionRecorder.Tests;

/// <summary>What scripts/setup-wine and scripts/publish leave, and paths as both systems write them.</summary>
internal static class WineFolder
{
    public const string Loader = "/usr/lib/wine/wine64";

    private static readonly string _root = FindRoot();

    private static readonly Lazy<string> _program = new(() => Stage("program", Path.Combine(_root, "artifacts", "publish", "win-x64")));

    private static readonly Lazy<string> _ffmpeg = new(() => Stage("ffmpeg", Path.Combine(Wine, "ffmpeg")));

    /// <summary>The published program, as Linux sees it.</summary>
    public static string Program => Path.Combine(_program.Value, "session-recorder.exe");

    public static string Prefix => Path.Combine(Wine, "prefix");

    public static string Ffmpeg => Path.Combine(_ffmpeg.Value, "ffmpeg.exe");

    /// <summary>Where tests keep their files.</summary>
    public static string Files => Directory.CreateDirectory(Path.Combine(Drive, "tests")).FullName;

    public static string Helper => Path.Combine(Wine, "helper", "wine-helper.exe");

    /// <summary>The Windows adapters' own tests, a program.</summary>
    public static string Adapters => Path.Combine(Wine, "adapters", "SessionRecorder.WineAdapters.exe");

    /// <summary>Why Wine could not be set up on this machine; null when it was.</summary>
    public static string? Unavailable
    {
        get
        {
            var reason = Path.Combine(Wine, "unavailable");
            return File.Exists(reason) ? File.ReadAllText(reason).Trim() : null;
        }
    }

    private static string Drive => Path.Combine(Prefix, "drive_c");

    private static string Wine => Path.Combine(_root, "artifacts", "wine");

    /// <summary>A Linux path as a program under Wine writes it.</summary>
    public static string ToWindows(string path)
    {
        var full = Path.GetFullPath(path);
        var (drive, rest) = full.StartsWith(Drive + "/", StringComparison.Ordinal) ? ("C:", full[Drive.Length..]) : ("Z:", full);
        return drive + rest.Replace('/', '\\');
    }

    /// <summary>
    /// Copies a folder onto drive C:. With administrator rights, as everybody has them under Wine, the program uses nothing
    /// that others can write, and Wine shows a sticky folder such as /tmp as one that everybody can.
    /// </summary>
    private static string Stage(string name, string source)
    {
        var stage = new DirectoryInfo(Path.Combine(Files, name));
        if (stage.Exists)
        {
            stage.Delete(recursive: true);
        }

        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(stage.FullName, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return stage.FullName;
    }

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
