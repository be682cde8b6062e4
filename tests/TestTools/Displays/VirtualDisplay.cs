using System.Globalization;
using SessionRecorder.TestTools.Files;
using SessionRecorder.TestTools.Processes;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.TestTools.Displays;

/// <summary>An X server without a screen, with a picture on it. Disposing ends both by their ids.</summary>
/// <remarks>Not thread-safe. The server picks a free display number by itself.</remarks>
public sealed class VirtualDisplay : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);
    private readonly RunningProcess _server;
    private readonly TemporaryFolder _folder;
    private readonly List<RunningProcess> _pictures = [];
    private readonly HashSet<string> _modes = [];
    private readonly string _firstOutput;

    private VirtualDisplay(RunningProcess server, TemporaryFolder folder, string name, string firstOutput)
    {
        _server = server;
        _folder = folder;
        Name = name;
        _firstOutput = firstOutput;
    }

    /// <summary>The display's name: <c>:3</c>.</summary>
    public string Name { get; }

    /// <summary>The size that was last asked for.</summary>
    public (int Width, int Height) Size { get; private set; } = (1280, 720);

    /// <summary>The ticks that the time pattern missed: not the recorder's fault. Empty without a pattern.</summary>
    public IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> LateTicks =>
    [
        .. _pictures.SelectMany(picture => picture.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Select(line => line.Split(' '))
            .Where(words => words is ["late", _, _])
            .Select(words => (Moment(words[1]), Moment(words[2]))),
    ];

    /// <summary>Starts Xvfb: one output, any size up to 2560x1600.</summary>
    /// <param name="width">The size.</param>
    /// <param name="height">The size.</param>
    /// <param name="owner">As whom it runs, so that the display is that user's; null for the test's own user.</param>
    public static async Task<VirtualDisplay> StartXvfbAsync(int width = 1280, int height = 720, UnprivilegedUser? owner = null)
    {
        var display = await StartAsync(
            "Xvfb", ["-displayfd", "1", "-screen", "0", "2560x1600x24", "-nolisten", "tcp", "-noreset"], "screen", owner);
        await display.ResizeAsync(width, height);
        return display;
    }

    /// <summary>Starts Xorg with the dummy driver: several outputs (DUMMY0, DUMMY1 …) and the usual modes; 1280x720 first.</summary>
    public static Task<VirtualDisplay> StartXorgAsync() => StartAsync(
        "Xorg",
        [
            "-displayfd", "1", "-config", Path.Combine(AppContext.BaseDirectory, "Displays", "xorg-dummy.conf"),
            "-logfile", "{folder}/xorg.log", "-nolisten", "tcp", "-noreset", "-novtswitch", "-sharevts",
        ],
        "DUMMY0");

    /// <summary>Changes the size of the first output; a size that the server does not know is made known.</summary>
    public async Task ResizeAsync(int width, int height)
    {
        var mode = await AddModeAsync(_firstOutput, width, height);
        await XrandrAsync("--output", _firstOutput, "--mode", mode);
        Size = (width, height);
    }

    /// <summary>Makes a size known, so that <see cref="ResizeAsync"/> takes a few milliseconds only.</summary>
    /// <returns>The mode's name.</returns>
    public async Task<string> AddModeAsync(string output, int width, int height)
    {
        var mode = $"test-{width}x{height}";
        if (_modes.Add(mode))
        {
            var (w, h) = (Text(width), Text(height));
            await XrandrAsync("--newmode", mode, "0", w, w, w, w, h, h, h, h);
        }

        if (_modes.Add($"{output} {mode}"))
        {
            await XrandrAsync("--addmode", output, mode);
        }

        return mode;
    }

    /// <summary>Runs xrandr on this display.</summary>
    public Task XrandrAsync(params string[] arguments) =>
        Tool.RunAsync("xrandr", arguments, new Dictionary<string, string?> { ["DISPLAY"] = Name });

    /// <summary>Paints the time every 100 ms, at the upper left or elsewhere.</summary>
    public Task ShowTimeAsync(int x = 0, int y = 0) => ShowAsync("time-pattern", Text(x), Text(y));

    /// <summary>Fills the display with text that scrolls.</summary>
    public Task ShowScrollingTextAsync() => ShowAsync("scrolling-text");

    /// <summary>Ends the server at once, as a crash would.</summary>
    public ValueTask KillServerAsync() => _server.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var picture in _pictures)
        {
            await picture.DisposeAsync();
        }

        if (!_server.HasExited)
        {
            // Gently: the server then removes its socket and lock file.
            ProcFs.Signal(_server.Id, ProcFs.SigTerm);
            try
            {
                await _server.WaitForExitAsync(TimeSpan.FromSeconds(5));
            }
            catch (TimeoutException)
            {
                // WaitForExitAsync has killed it.
            }
        }

        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task<VirtualDisplay> StartAsync(
        string program, string[] arguments, string firstOutput, UnprivilegedUser? owner = null)
    {
        var folder = new TemporaryFolder();
        var given = arguments.Select(a => a.Replace("{folder}", folder.FullName, StringComparison.Ordinal));
        var server = owner is null ? new RunningProcess(program, given) : owner.Launch(program, given);
        try
        {
            var number = await server.WaitForLineAsync("", _patience);
            return new VirtualDisplay(server, folder, $":{number.Trim()}", firstOutput);
        }
        catch (TimeoutException)
        {
            await server.DisposeAsync();
            folder.Dispose();
            throw;
        }
    }

    private async Task ShowAsync(string picture, params string[] place)
    {
        var painter = new RunningProcess(
            Path.Combine(AppContext.BaseDirectory, "SessionRecorder.TestTools"), [picture, Name, .. place]);
        _pictures.Add(painter);
        await painter.WaitForLineAsync("ready", _patience);
    }

    private static DateTimeOffset Moment(string milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(milliseconds, CultureInfo.InvariantCulture));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
