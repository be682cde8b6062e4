namespace SessionRecorder.Tests;

/// <summary>Windows on a display. One at a time: they share the prefix. Disposing ends all that runs in it.</summary>
internal sealed class WineMachine : IAsyncDisposable
{
    private const string MarkName = "SESSION_RECORDER_TEST";
    private const string ExplorerKey = @"HKCU\Software\Wine\Explorer";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(75);

    private readonly string _mark = Guid.NewGuid().ToString("N");
    private readonly string _display;
    private readonly string? _user;
    private readonly List<RunningProcess> _servers = [];

    private WineMachine(string display, string? user) => (_display, _user) = (display, user);

    /// <summary>Starts it, without any program.</summary>
    /// <param name="display">The X display that it is on.</param>
    /// <param name="desktop">The size of a desktop in a window of its own, which has modes of its own; null for the display itself.</param>
    /// <param name="user">What Windows calls its user; null for whoever runs the test.</param>
    public static async Task<WineMachine> StartAsync(
        VirtualDisplay display, (int Width, int Height)? desktop = null, string? user = null)
    {
        if (WineFolder.Unavailable is { } reason)
        {
            Assert.Skip($"Wine cannot be installed here: {reason}");
        }

        Assert.True(File.Exists(WineFolder.Program), $"{WineFolder.Program} does not exist: run scripts/publish win-x64");
        Assert.True(Directory.Exists(WineFolder.Prefix), "there is no Wine prefix: run scripts/setup-wine");
        var machine = new WineMachine(display.Name, user);
        try
        {
            // A test that was killed may have left it running.
            await machine.EndAsync();
            await machine.BeginAsync();
            await machine.ConfigureAsync(desktop);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    /// <summary>The running processes of a program, by their ids on Linux.</summary>
    public IReadOnlyList<int> IdsOf(string program) =>
    [
        .. ProcFs.FindByEnvironment(MarkName, _mark).Where(id => ProcFs.CommandLine(id).Any(
            argument => argument.Split('\\', '/')[^1].Equals(program, StringComparison.OrdinalIgnoreCase))),
    ];

    /// <summary>Runs a Windows program to its end, whatever its exit code.</summary>
    /// <remarks>
    /// Wine's processes inherit the standard error of Linux, whatever Windows handles they are given, so it is a file: an
    /// agent would hold a pipe open. Their standard output is a pipe, and whoever inherits it shows.
    /// </remarks>
    public async Task<ToolResult> RunAsync(string program, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var environment = Environment();
        environment["STDERR"] = folder["stderr"];
        var result = await Tool.TryAsync(
            "bash", ["-c", "exec \"$0\" \"$@\" 2>\"$STDERR\"", WineFolder.Loader, program, .. arguments], environment, _patience);
        return result with { Error = await File.ReadAllTextAsync(folder["stderr"]) };
    }

    /// <summary>Starts a Windows program and leaves it running.</summary>
    public RunningProcess Launch(string program, params string[] arguments) =>
        new(WineFolder.Loader, [program, .. arguments], Environment());

    /// <summary>Changes the primary monitor's mode as Windows programs do.</summary>
    public async Task SetModeAsync(int width, int height) =>
        Expect.ExitCode(0, await RunAsync(WineFolder.Helper, "set-mode", $"{width}", $"{height}"));

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    private async Task ConfigureAsync((int Width, int Height)? desktop)
    {
        if (desktop is var (width, height))
        {
            Expect.ExitCode(0, await RunAsync("reg", "add", ExplorerKey, "/v", "Desktop", "/d", "test", "/f"));
            Expect.ExitCode(
                0, await RunAsync("reg", "add", $@"{ExplorerKey}\Desktops", "/v", "test", "/d", $"{width}x{height}", "/f"));
        }
        else
        {
            // Fails where there is none: what was wanted.
            await RunAsync("reg", "delete", ExplorerKey, "/v", "Desktop", "/f");
        }

        // The desktop is made when the first program starts.
        await EndAsync();
        await BeginAsync();
    }

    /// <summary>
    /// Starts the server and, with a program of no matter, Windows' own services: they would hold the output open of
    /// whatever program is the first, so this one has none.
    /// </summary>
    private async Task BeginAsync()
    {
        _servers.Add(new RunningProcess("wineserver", ["-f", "-p"], Environment()));
        const string Quiet = "exec \"$0\" \"$@\" </dev/null >/dev/null 2>&1";
        Expect.ExitCode(
            0, await Tool.TryAsync("bash", ["-c", Quiet, WineFolder.Loader, "cmd", "/c", "exit"], Environment(), _patience));
    }

    private async Task EndAsync()
    {
        // Fails where none runs.
        await Tool.TryAsync("wineserver", ["-k"], Environment(), _patience);
        await Tool.TryAsync("wineserver", ["-w"], Environment(), _patience);
    }

    private Dictionary<string, string?> Environment()
    {
        var environment = new Dictionary<string, string?>
        {
            [MarkName] = _mark,
            ["WINEPREFIX"] = WineFolder.Prefix,
            ["WINEARCH"] = "win64",
            ["WINEDEBUG"] = "-all",
            ["DISPLAY"] = _display,
            ["XAUTHORITY"] = null,
        };
        if (_user is not null)
        {
            (environment["USER"], environment["LC_ALL"]) = (_user, "C.UTF-8");
        }

        return environment;
    }
}
