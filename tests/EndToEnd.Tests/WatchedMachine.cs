using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Machines;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.Tests;

/// <summary>A simulated machine of EC2 or WorkSpaces: what <c>install</c> leaves runs as the service, which watches sessions; one user.</summary>
internal sealed class WatchedMachine : IAsyncDisposable
{
    public const string Pointer = "/opt/session-recorder/session-recorder";

    private const string Unit = "/etc/systemd/system/session-recorder.service";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private UnprivilegedUser? _user;
    private SimulatedMachine? _machine;
    private RunningProcess? _service;

    private WatchedMachine()
    {
    }

    public UnprivilegedUser User => _user ?? throw new InvalidOperationException("there is no user yet");

    public SimulatedMachine Machine => _machine ?? throw new InvalidOperationException("there is no machine yet");

    public static async Task<WatchedMachine> CreateAsync()
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        Assert.SkipWhen(Directory.Exists("/run/systemd/system"), "systemd runs here, and would be told of the unit");
        var made = new WatchedMachine();
        try
        {
            made._user = await UnprivilegedUser.CreateAsync();
            made._machine = await SimulatedMachine.CreateAsync();
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <summary>Installs, and sees that a second time changes nothing.</summary>
    /// <param name="platform">What for.</param>
    /// <param name="platformOptions">The platform's options; null to have it found out.</param>
    /// <param name="storage">The one sink's plugin and options.</param>
    public async Task InstallAsync(string platform, JsonObject? platformOptions, JsonObject storage)
    {
        var configuration = new JsonObject
        {
            ["Capture"] = new JsonObject { ["SegmentDuration"] = "2s" },
            ["Storage"] = new JsonObject { ["archive"] = storage },
        };
        if (platformOptions is not null)
        {
            configuration["Platform"] = new JsonObject { ["Plugin"] = platform, ["Options"] = platformOptions };
        }

        await Machine.WriteAsync("/opt/recorder.json", configuration.ToJsonString());
        Expect.ExitCode(0, await Machine.RunAsync(Recorder.Program, "install", platform, "--config", "/opt/recorder.json"));
        var again = await Machine.RunAsync(Pointer, "install", platform);
        Assert.Contains("everything is installed already", again.Output, StringComparison.Ordinal);
    }

    /// <summary>Starts the service as the installed unit says.</summary>
    /// <param name="environment">What a drop-in of the unit adds.</param>
    public async Task StartServiceAsync(params (string Name, string Value)[] environment)
    {
        var start = (await File.ReadAllLinesAsync(Machine.At(Unit)))
            .Single(line => line.StartsWith("ExecStart=", StringComparison.Ordinal))["ExecStart=".Length..].Split(' ');
        _service = Machine.Launch(start[0], start[1..], environment);
        await _service.WaitForLineAsync("the service runs", _patience);
    }

    /// <summary>The one session that is recorded, as <c>status</c> tells; null while there is none.</summary>
    public async Task<JsonNode?> RecordingAsync()
    {
        var status = await Machine.RunAsync(Pointer, "status", "--json");
        return JsonNode.Parse(status.Output)!["recording"]!.AsArray().SingleOrDefault();
    }

    /// <summary>Waits until the spool is empty: the session has ended and is delivered.</summary>
    public Task UntilDeliveredAsync() => Recorder.WaitUntilAsync(
        () => !Directory.EnumerateDirectories(Machine.At("/var/lib/session-recorder/sessions")).Any(), _patience, "the session is delivered");

    /// <summary>All that the service and the agents have logged.</summary>
    public string Logs => string.Concat(new[] { "service/log", "logs" }
        .SelectMany(folder => Directory.EnumerateFiles(Machine.At($"/var/lib/session-recorder/{folder}"), "*.jsonl", SearchOption.AllDirectories))
        .Select(path =>
        {
            using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return file.ReadToEnd();
        }));

    public async ValueTask DisposeAsync()
    {
        if (_service is { HasExited: false })
        {
            ProcFs.Signal(_service.Id, ProcFs.SigTerm);
        }

        await (_machine?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_service?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_user?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}
