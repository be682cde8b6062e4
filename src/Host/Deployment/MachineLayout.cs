namespace SessionRecorder.Host.Deployment;

/// <summary>Where things lie on a machine, as the machine itself sees them; and where they are placed now.</summary>
/// <remarks>
/// The two differ when an image is built: with a root folder, everything is placed below it, and what is written into
/// hooks is still what the machine will see.
/// </remarks>
internal sealed class MachineLayout
{
    /// <summary>The schema's file name, here and in a version's folder.</summary>
    public const string SchemaName = "recorder.schema.json";

    private readonly string? _root;
    private readonly string _drive;

    private MachineLayout(bool isWindows, string? root, string drive)
    {
        IsWindows = isWindows;
        _root = root;
        _drive = drive;
        IsLive = root is null;
    }

    public bool IsWindows { get; }

    /// <summary>Whether it is this machine that runs, and not one whose files are made in a folder.</summary>
    public bool IsLive { get; private init; }

    /// <summary>The program's folder.</summary>
    public string ProgramFolder => IsWindows ? _drive + @"\Program Files\SessionRecorder" : "/opt/session-recorder";

    /// <summary>A folder for each version, complete and never changed.</summary>
    public string Versions => Join(ProgramFolder, "versions");

    /// <summary>What hooks and people call: leads to the version that is in use.</summary>
    public string Pointer => Join(ProgramFolder, IsWindows ? "session-recorder.bat" : "session-recorder");

    /// <summary>The program's name in a version's folder.</summary>
    public string ProgramName => IsWindows ? "session-recorder.exe" : "session-recorder";

    public string DataFolder => IsWindows ? _drive + @"\ProgramData\SessionRecorder" : "/var/lib/session-recorder";

    public string ConfigurationFolder => IsWindows ? DataFolder : "/etc/session-recorder";

    public string ConfigurationFile => Join(ConfigurationFolder, "recorder.json");

    /// <summary>The configuration's schema, beside it, where an editor looks for it.</summary>
    public string SchemaFile => Join(ConfigurationFolder, SchemaName);

    /// <summary>The scheduled tasks, as files.</summary>
    public string Tasks => Join(ProgramFolder, "tasks");

    /// <summary>AppStream's folder for session scripts.</summary>
    public string SessionScripts => IsWindows ? _drive + @"\AppStream\SessionScripts" : "/opt/appstream/SessionScripts";

    /// <summary>The folder for session scripts of WorkSpaces Pools, which are Windows machines alone. It is not there by itself.</summary>
    public string PoolScripts => Join(_drive + @"\AWSEUC", "SessionScripts");

    public string SessionScriptsFile => ScriptsFileIn(SessionScripts);

    /// <summary>Where an administrator's units lie, on Linux.</summary>
    public static string SystemdFolder => "/etc/systemd/system";

    /// <summary>This machine, or with a root folder the one that is made in it.</summary>
    /// <param name="root">An absolute path; null for this machine itself.</param>
    public static MachineLayout OfThisSystem(string? root) => OperatingSystem.IsWindows()
        ? new MachineLayout(isWindows: true, root, Path.GetPathRoot(Environment.SystemDirectory)!.TrimEnd('\\'))
        : new MachineLayout(isWindows: false, root, "");

    /// <summary>The usual layout of a system of either kind.</summary>
    /// <param name="isWindows">Which kind.</param>
    /// <param name="root">The folder that it lies in; null for none.</param>
    /// <param name="isLive">Whether its services and tasks can be reached though it lies in a folder.</param>
    public static MachineLayout Of(bool isWindows, string? root, bool isLive = false) =>
        new(isWindows, root, "C:") { IsLive = isLive || root is null };

    /// <summary>The session scripts' configuration in a folder of theirs.</summary>
    public string ScriptsFileIn(string folder) => Join(folder, "config.json");

    /// <summary>Joins names with the machine's own separator.</summary>
    public string Join(string folder, params IEnumerable<string> names) =>
        string.Join(IsWindows ? '\\' : '/', [folder, .. names]);

    /// <summary>Where a path of the machine is placed now.</summary>
    public string Place(string path)
    {
        if (_root is null)
        {
            return path;
        }

        var below = path.Length > 2 && path[1] == ':' ? path[2..] : path;
        return Path.Join(_root, below.Replace(IsWindows ? '\\' : '/', Path.DirectorySeparatorChar).TrimStart(Path.DirectorySeparatorChar));
    }
}
