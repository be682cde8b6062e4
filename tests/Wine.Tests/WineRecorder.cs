using System.Text.Json.Nodes;

namespace SessionRecorder.Tests;

/// <summary>The published Windows program with a configuration, a spool and a storage of its own.</summary>
internal sealed class WineRecorder : IDisposable
{
    private readonly TemporaryFolder _folder = new(WineFolder.Files);
    private readonly WineMachine _machine;

    /// <param name="machine">Where it runs.</param>
    /// <param name="layout">As in the configuration.</param>
    /// <param name="configure">Changes the configuration; null for nothing.</param>
    public WineRecorder(WineMachine machine, string layout = "combined", Action<JsonObject>? configure = null)
    {
        _machine = machine;
        Directory.CreateDirectory(Storage);
        var configuration = new JsonObject
        {
            [nameof(DataDirectory)] = WineFolder.ToWindows(DataDirectory),
            ["Platform"] = new JsonObject { ["Plugin"] = "local" },
            ["Capture"] = new JsonObject
            {
                ["Plugin"] = "ffmpeg",
                ["Layout"] = layout,
                ["FrameRate"] = 5,
                ["SegmentDuration"] = "10s",
                ["Options"] = new JsonObject { ["FfmpegPath"] = WineFolder.ToWindows(WineFolder.Ffmpeg) },
            },
            [nameof(Storage)] = new JsonObject
            {
                ["archive"] = new JsonObject
                {
                    ["Plugin"] = "local",
                    ["Options"] = new JsonObject { ["Path"] = WineFolder.ToWindows(Storage) },
                },
            },
        };
        configure?.Invoke(configuration);
        File.WriteAllText(ConfigurationPath, configuration.ToJsonString());
    }

    /// <summary>The sink's folder, as Linux sees it.</summary>
    public string Storage => _folder["storage"];

    public string DataDirectory => _folder["data"];

    /// <summary>The one session that is stored.</summary>
    public RecordedSession Session => RecordedSession.FindAll(Storage).Single();

    public IReadOnlyList<int> HostIds => _machine.IdsOf("session-recorder.exe");

    /// <summary>The agents alone, without the service.</summary>
    public IReadOnlyList<int> AgentIds => [.. HostIds.Where(id => ProcFs.CommandLine(id).Contains("--agent"))];

    public IReadOnlyList<int> FfmpegIds => _machine.IdsOf("ffmpeg.exe");

    public string ConfigurationPath => _folder["recorder.json"];

    /// <summary>Runs a command to its end, whatever the exit code.</summary>
    public Task<ToolResult> RunAsync(params string[] arguments) => _machine.RunAsync(WineFolder.Program, Complete(arguments));

    /// <summary>Starts a command and leaves it running.</summary>
    public RunningProcess Launch(params string[] arguments) => _machine.Launch(WineFolder.Program, Complete(arguments));

    /// <summary>The session is whole: by the tests' own judges and by the program's verify.</summary>
    public async Task ExpectWholeAsync(RecordedSession session, string state = "complete")
    {
        Assert.Equal(state, session.Manifest.State);
        Assert.Empty(await SessionAudit.FindProblemsAsync(session));
        Expect.ExitCode(0, await RunAsync("verify", session.Id, "--storage", "archive"));
    }

    public void Dispose() => _folder.Dispose();

    private string[] Complete(string[] arguments) => [.. arguments, "--config", WineFolder.ToWindows(ConfigurationPath)];
}
