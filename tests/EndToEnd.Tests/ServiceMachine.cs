using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.Tests;

/// <summary>A machine with the service, a user without rights who is logged on, and the program where the user can run it.</summary>
internal sealed class ServiceMachine : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private RunningProcess? _service;

    private ServiceMachine(UnprivilegedUser user, VirtualDisplay display, Recorder recorder, string program)
    {
        User = user;
        Display = display;
        Recorder = recorder;
        Program = program;
    }

    public UnprivilegedUser User { get; }

    /// <summary>The user's own.</summary>
    public VirtualDisplay Display { get; }

    /// <summary>The administrator's: the user can read neither its configuration nor anything else of it.</summary>
    public Recorder Recorder { get; }

    /// <summary>The program, as the user runs it.</summary>
    public string Program { get; }

    public RunningProcess Service => _service ?? throw new InvalidOperationException("the service was not started");

    /// <summary>The recorder's processes without the service.</summary>
    public IReadOnlyList<int> AgentIds => [.. Recorder.HostIds.Where(id => id != _service?.Id)];

    /// <summary>Where the service listens.</summary>
    public string Socket => $"/run/session-recorder/service-{Hash(Recorder.ConfigurationPath)}.sock";

    /// <summary>What the service logged.</summary>
    public string Log => string.Concat(Directory
        .EnumerateFiles(Path.Combine(Recorder.DataDirectory, "service", "log"))
        .Order()
        .Select(ReadShared));

    /// <summary>Makes one; the service does not run yet.</summary>
    public static async Task<ServiceMachine> CreateAsync()
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        var user = await UnprivilegedUser.CreateAsync();
        var display = await VirtualDisplay.StartXvfbAsync(owner: user);
        await display.ShowTimeAsync();
        var recorder = new Recorder(null);
        recorder.Configuration["Elevation"] = new JsonObject { ["Plugin"] = "service" };
        return new ServiceMachine(user, display, recorder, await user.InstallAsync(Recorder.Program));
    }

    /// <summary>Starts the service, and waits until it listens.</summary>
    public async Task StartServiceAsync()
    {
        _service = Recorder.Launch("service");
        await _service.WaitForLineAsync("the service runs", _patience);
        await Recorder.WaitUntilAsync(() => File.Exists(Socket), _patience, "the service listens");
    }

    /// <summary>Runs the program as the user, in the user's session.</summary>
    public Task<ToolResult> AsUserAsync(params string[] arguments) => AsUserOnAsync(Display.Name, arguments);

    /// <summary>Runs the program as the user, who claims to be on a display; null for none.</summary>
    public Task<ToolResult> AsUserOnAsync(string? display, params string[] arguments) => User.TryAsync(
        Program,
        [.. arguments, "--config", Recorder.ConfigurationPath],
        display is null ? [] : [("DISPLAY", display)]);

    /// <summary>The sessions that are recorded, as root is told.</summary>
    public async Task<JsonArray> RecordingAsync() =>
        JsonNode.Parse((await Recorder.RunAsync("status", "--json")).Output)!["recording"]!.AsArray();

    public async ValueTask DisposeAsync()
    {
        await Recorder.DisposeAsync();
        await (_service?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Display.DisposeAsync();
        await User.DisposeAsync();
        File.Delete(Socket);
    }

    private static string Hash(string text) => Convert.ToHexStringLower(
        System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))[..16];

    private static string ReadShared(string path)
    {
        using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return file.ReadToEnd();
    }
}
