using System.Diagnostics;

namespace SessionRecorder.Tests;

/// <summary>A real X server for one test, ended with it.</summary>
internal sealed class XServer : IAsyncDisposable
{
    private const int FirstDisplay = 110;
    private const int LastDisplay = 129;

    private static readonly Lock Choosing = new();
    private static int _next = FirstDisplay;

    private readonly Process _process;

    private XServer(Process process, string display)
    {
        _process = process;
        Display = display;
    }

    public string Display { get; }

    public static Task<XServer> StartXvfbAsync(params string[] arguments) => StartXvfbAtAsync(Unused(), arguments);

    /// <summary>Starts a server on a display that had one before.</summary>
    public static Task<XServer> StartXvfbAtAsync(string display, params string[] arguments) =>
        StartAsync("Xvfb", display, ["-screen", "0", "1280x720x24", .. arguments]);

    public static Task<XServer> StartXorgAsync() =>
        StartAsync("Xorg", Unused(), ["-config", Path.Combine(AppContext.BaseDirectory, "xorg-dummy.conf"), "-logfile", "/dev/null"]);

    /// <summary>A session on this display, with a key file or none.</summary>
    public UserSession Session(string authority = "/nonexistent") => SessionOn(Display, authority);

    public static UserSession SessionOn(string display, string authority = "/nonexistent") => new()
    {
        Id = "test",
        User = "somebody",
        Host = "somewhere",
        SystemSession = display,
        Environment = new Dictionary<string, string> { ["DISPLAY"] = display, ["XAUTHORITY"] = authority },
    };

    /// <summary>A display that has no server.</summary>
    public static string Unused() => $":{Take()}";

    public Task XrandrAsync(params string[] arguments) => RunAsync("xrandr", ["-display", Display, .. arguments]);

    /// <summary>Runs a program on the display, to its end.</summary>
    public async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardError = true,
            Environment = { ["DISPLAY"] = Display },
        })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, error);
    }

    /// <summary>Makes a mode known that the server's output does not have.</summary>
    public async Task AddModeAsync(string output, int width, int height)
    {
        await XrandrAsync(
            "--newmode", $"{width}x{height}", "40",
            $"{width}", $"{width + 40}", $"{width + 168}", $"{width + 256}",
            $"{height}", $"{height + 1}", $"{height + 5}", $"{height + 28}");
        await XrandrAsync("--addmode", output, $"{width}x{height}");
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        File.Delete($"/tmp/.X11-unix/X{Display[1..]}");
        File.Delete($"/tmp/.X{Display[1..]}-lock");
    }

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private static async Task<XServer> StartAsync(string program, string display, IEnumerable<string> arguments)
    {
        var process = Process.Start(new ProcessStartInfo(
            program, [display, "-noreset", "-nolisten", "tcp", "-displayfd", "1", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var ready = await process.StandardOutput.ReadLineAsync();
        Assert.True(ready == display[1..], ready is null ? $"{program} did not start: {await errors}" : ready);
        return new XServer(process, display);
    }

    private static int Take()
    {
        lock (Choosing)
        {
            for (var tries = FirstDisplay; tries <= LastDisplay; tries++)
            {
                var number = _next;
                _next = _next == LastDisplay ? FirstDisplay : _next + 1;
                if (!File.Exists($"/tmp/.X11-unix/X{number}") && !File.Exists($"/tmp/.X{number}-lock"))
                {
                    return number;
                }
            }
        }

        throw new InvalidOperationException($"the displays :{FirstDisplay} to :{LastDisplay} are all taken");
    }
}
