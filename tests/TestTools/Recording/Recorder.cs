using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Files;
using SessionRecorder.TestTools.Processes;

namespace SessionRecorder.TestTools.Recording;

/// <summary>The published program with a configuration, a spool and a storage of its own.</summary>
/// <remarks>
/// Not thread-safe. Its processes, detached ones too, carry a variable in their environment by which they are known.
/// Disposing ends those that are left, by their ids, and deletes the folders.
/// </remarks>
public sealed class Recorder : IAsyncDisposable
{
    private const string MarkName = "SESSION_RECORDER_TEST";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(75);
    private readonly TemporaryFolder? _ownFolder;
    private readonly string _mark = Guid.NewGuid().ToString("N");

    /// <summary>Makes one; nothing is started.</summary>
    /// <param name="display">The display to record; null for none.</param>
    /// <param name="folder">A folder to share with another recorder (spool and storage); null for one of its own.</param>
    public Recorder(string? display, string? folder = null)
    {
        if (!File.Exists(Program))
        {
            throw new FileNotFoundException($"{Program} does not exist: run scripts/publish first");
        }

        Display = display;
        Folder = folder ?? (_ownFolder = new TemporaryFolder()).FullName;
        Configuration = new JsonObject
        {
            [nameof(DataDirectory)] = Path.Combine(Folder, "data"),
            ["Platform"] = new JsonObject { ["Plugin"] = "local", ["Options"] = new JsonObject() },
            ["Capture"] = new JsonObject
            {
                ["Plugin"] = "ffmpeg",
                ["FrameRate"] = 5,
                ["SegmentDuration"] = "10s",
                ["Options"] = new JsonObject { ["FfmpegPath"] = "/usr/bin/ffmpeg" },
            },
            ["Storage"] = new JsonObject
            {
                ["archive"] = new JsonObject
                {
                    ["Plugin"] = "local",
                    ["Options"] = new JsonObject { ["Path"] = Path.Combine(Folder, "storage") },
                },
            },
        };
        if (display is not null)
        {
            Configuration["Platform"]!["Options"]![nameof(Display)] = display;
        }

        Directory.CreateDirectory(StorageDirectory);
    }

    /// <summary>The program under test: SESSION_RECORDER_PROGRAM, or the one that scripts/publish leaves.</summary>
    public static string Program { get; } = FindProgram();

    public string? Display { get; }

    public string Folder { get; }

    /// <summary>The configuration, written to <see cref="ConfigurationPath"/> before each run; tests change it.</summary>
    public JsonObject Configuration { get; }

    public string ConfigurationPath => Path.Combine(Folder, $"recorder-{_mark[..8]}.json");

    public string DataDirectory => (string)Configuration[nameof(DataDirectory)]!;

    public string StorageDirectory => (string)Configuration["Storage"]!["archive"]!["Options"]!["Path"]!;

    /// <summary>The folder of a session in the spool.</summary>
    public string SpoolOf(string session) => Path.Combine(DataDirectory, "sessions", session);

    /// <summary>The sessions that are stored.</summary>
    public IReadOnlyList<RecordedSession> Sessions => RecordedSession.FindAll(StorageDirectory);

    /// <summary>The one session that is stored.</summary>
    public RecordedSession Session => Sessions.Single();

    /// <summary>The recorder's own processes that run.</summary>
    public IReadOnlyList<int> HostIds => [.. ProcessIds.Where(id => RunsFile(id, Path.GetFileName(Program)))];

    /// <summary>Its ffmpeg processes that run.</summary>
    public IReadOnlyList<int> FfmpegIds => [.. ProcessIds.Where(id => RunsFile(id, "ffmpeg"))];

    private IReadOnlyList<int> ProcessIds => ProcFs.FindByEnvironment(MarkName, _mark);

    /// <summary>Runs a command with the configuration, to its end, whatever the exit code.</summary>
    public Task<ToolResult> RunAsync(params string[] arguments)
    {
        WriteConfiguration();
        return Tool.TryAsync(Program, [.. arguments, "--config", ConfigurationPath], Environment(null), _patience);
    }

    /// <summary>Starts a command with the configuration and leaves it running.</summary>
    public RunningProcess Launch(params string[] arguments)
    {
        WriteConfiguration();
        return new RunningProcess(Program, [.. arguments, "--config", ConfigurationPath], Environment(null));
    }

    /// <summary>Starts a command without a configuration file: the display comes from DISPLAY, as for any user.</summary>
    public RunningProcess LaunchUnconfigured(params string[] arguments) =>
        new(Program, arguments, Environment(Display));

    /// <summary>Runs a shell command line; the program is "$PROGRAM" and its configuration "$CONFIG".</summary>
    public Task<ToolResult> ShellAsync(string command)
    {
        WriteConfiguration();
        var environment = Environment(null);
        environment["PROGRAM"] = Program;
        environment["CONFIG"] = ConfigurationPath;
        return Tool.TryAsync("bash", ["-c", command], environment, _patience);
    }

    /// <summary>Starts recording in the background.</summary>
    /// <exception cref="IOException">It failed.</exception>
    public async Task StartAsync(string session) => ThrowUnlessDone(await RunAsync("start", "--session", session));

    /// <summary>Stops recording.</summary>
    /// <exception cref="IOException">Not everything was delivered.</exception>
    public async Task<RecordedSession> StopAsync(string session)
    {
        ThrowUnlessDone(await RunAsync("stop", "--session", session));
        return Sessions.Single(stored => stored.Id == session);
    }

    /// <summary>Kills the recorder and its ffmpeg at once, as a power cut would.</summary>
    /// <returns>When.</returns>
    public DateTimeOffset KillAll()
    {
        int[] ids = [.. HostIds, .. FfmpegIds];
        var at = DateTimeOffset.UtcNow;
        foreach (var id in ids)
        {
            ProcFs.Signal(id, ProcFs.SigKill);
        }

        return at;
    }

    /// <summary>Waits until something holds.</summary>
    /// <returns>How long it took.</returns>
    /// <exception cref="TimeoutException">It did not hold in time.</exception>
    public static async Task<TimeSpan> WaitUntilAsync(Func<bool> holds, TimeSpan timeout, string what)
    {
        var start = DateTime.UtcNow;
        while (!holds())
        {
            if (DateTime.UtcNow - start > timeout)
            {
                throw new TimeoutException($"waited {timeout.TotalSeconds:F0} s in vain: {what}");
            }

            await Task.Delay(50);
        }

        return DateTime.UtcNow - start;
    }

    public async ValueTask DisposeAsync()
    {
        // Twice: between looking and killing, one may have started another.
        for (var round = 0; round < 2; round++)
        {
            foreach (var id in ProcessIds)
            {
                ProcFs.Signal(id, ProcFs.SigKill);
            }

            await WaitUntilAsync(() => ProcessIds.Count == 0 || round == 0, TimeSpan.FromSeconds(5), "killed processes end");
        }

        _ownFolder?.Dispose();
    }

    private static bool RunsFile(int id, string name) => Path.GetFileName(ProcFs.Program(id)) == name;

    private void WriteConfiguration() => File.WriteAllText(ConfigurationPath, Configuration.ToJsonString());

    private Dictionary<string, string?> Environment(string? display) => new()
    {
        [MarkName] = _mark,
        ["DISPLAY"] = display,
        ["XAUTHORITY"] = null,
    };

    private static void ThrowUnlessDone(ToolResult result)
    {
        if (result.ExitCode != 0)
        {
            throw new IOException($"the recorder failed: {result}");
        }
    }

    private static string FindProgram()
    {
        if (System.Environment.GetEnvironmentVariable("SESSION_RECORDER_PROGRAM") is { Length: > 0 } program)
        {
            return Path.GetFullPath(program);
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Framework.sln")))
            {
                return Path.Combine(folder.FullName, "artifacts", "publish", "linux-x64", "session-recorder");
            }
        }

        throw new FileNotFoundException("the published program was not found: run scripts/publish, or set SESSION_RECORDER_PROGRAM");
    }
}
