using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Machines;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.Tests;

/// <summary>
/// A simulated AppStream instance: the recorder is installed as on an image builder, two users may log on, the fleet's role comes from
/// a program, and recordings go into a bucket.
/// </summary>
internal sealed class AppStreamMachine : IAsyncDisposable
{
    public const string Pointer = "/opt/session-recorder/session-recorder";
    public const string Sessions = "/var/lib/session-recorder/sessions";
    public const string Stack = "exam-stack";
    public const string Fleet = "exam-fleet";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly Store _store;
    private readonly ITestOutputHelper _output;
    private readonly TemporaryFolder _folder = new();
    private readonly List<UnprivilegedUser> _users = [];
    private SimulatedMachine? _machine;

    private AppStreamMachine(Store store, ITestOutputHelper output, string bucket)
    {
        (_store, _output, Bucket) = (store, output, bucket);
        Proxy = new FaultProxy(store.Server.Endpoint.Port);
    }

    public UnprivilegedUser Ada => _users[0];

    public UnprivilegedUser Bob => _users[1];

    public SimulatedMachine Machine => _machine ?? throw new InvalidOperationException("there is no machine yet");

    public AppStreamInstance Instance => new(Machine);

    public SessionScripts Scripts => Instance.Scripts;

    /// <summary>Between the recorder and the bucket's server.</summary>
    public FaultProxy Proxy { get; }

    public string Bucket { get; }

    /// <summary>Makes one and installs.</summary>
    /// <param name="store">Has the bucket.</param>
    /// <param name="output">Told what takes time.</param>
    /// <param name="prepare">Changes the machine before anything is installed.</param>
    /// <param name="configure">Changes the configuration that is installed.</param>
    public static async Task<AppStreamMachine> CreateAsync(
        Store store,
        ITestOutputHelper output,
        Func<SimulatedMachine, Task>? prepare = null,
        Action<JsonObject>? configure = null)
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        Assert.SkipUnless(BucketReader.IsAvailable, "needs rclone");
        var machine = new AppStreamMachine(store, output, await store.NewBucketAsync());
        try
        {
            machine._users.AddRange([await UnprivilegedUser.CreateAsync(), await UnprivilegedUser.CreateAsync()]);
            machine._machine = await SimulatedMachine.CreateAsync();
            await (prepare?.Invoke(machine.Machine) ?? Task.CompletedTask);
            await machine.InstallAsync(configure);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    /// <summary>A session begins: the user is logged on, the hook runs, and three seconds after that the variables come.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="id">AppStream's name for it.</param>
    /// <param name="environment">What the user's profile sets.</param>
    /// <returns>The user's X server.</returns>
    public async Task<RunningProcess> StartSessionAsync(UnprivilegedUser user, string id, params (string Name, string Value)[] environment)
    {
        Instance.ClearUser();
        File.Delete(Machine.At("/opt/provider/network-is-up"));
        var server = await Machine.LogOnAsync(user, environment);
        var start = Scripts.RunAsync("SessionStart", user);
        await Task.Delay(TimeSpan.FromSeconds(3));
        await Instance.SetUserAsync(Stack, user.Name + "@example.com", id);
        await Machine.WriteAsync("/opt/provider/network-is-up", "");
        var script = Assert.Single(await start);
        Expect.ExitCode(0, script.Result ?? throw new TimeoutException("start was killed after waitingTime"));
        _output.WriteLine($"start took {script.Elapsed.TotalSeconds:F1} s");

        // Until then, the next session's variables would be taken for this one's: one file is for the whole machine.
        await Recorder.WaitUntilAsync(() => Documents().Any(text => text.Contains($"\"{id}\"", StringComparison.Ordinal)), _patience, "the variables are read");
        return server;
    }

    /// <summary>A session ends: the hook runs.</summary>
    public async Task<ToolResult> EndSessionAsync(UnprivilegedUser user)
    {
        var stop = Assert.Single(await Scripts.RunAsync("SessionTermination", user));
        _output.WriteLine($"stop took {stop.Elapsed.TotalSeconds:F1} s");
        return stop.Result ?? throw new TimeoutException("stop was killed after waitingTime");
    }

    /// <summary>What <c>status</c> tells of the sessions that are recorded and have not been asked to stop.</summary>
    public async Task<IReadOnlyList<JsonNode>> RecordingAsync()
    {
        var status = await Machine.RunAsync(Pointer, "status", "--json");
        return [.. JsonNode.Parse(status.Output)!["recording"]!.AsArray().OfType<JsonNode>().Where(session => (string)session["state"]! != "stopping")];
    }

    public async Task<int> CountRecordingAsync() => (await RecordingAsync()).Count;

    /// <summary>What <c>doctor</c> finds.</summary>
    public async Task<JsonArray> FindAsync()
    {
        var result = await Machine.RunAsync(Pointer, "doctor", "--json");
        _output.WriteLine(result.Output);
        return JsonNode.Parse(result.Output)!["findings"]!.AsArray();
    }

    public static string Level(JsonArray findings, string subject) =>
        (string)findings.First(finding => (string)finding!["subject"]! == subject)!["level"]!;

    /// <summary>The sessions in the bucket, as another program reads them.</summary>
    public async Task<IReadOnlyList<RecordedSession>> DownloadAsync()
    {
        var copy = _folder[Guid.NewGuid().ToString("N")];
        await new BucketReader(_store.Server, _store.Server.User).DownloadAsync(Bucket, copy);
        return RecordedSession.FindAll(copy);
    }

    /// <summary>A user's session is in the bucket: whole, in its place, with its metadata and pictures.</summary>
    /// <param name="stored">What is in the bucket.</param>
    /// <param name="id">AppStream's name for the session.</param>
    /// <param name="user">Whose it is.</param>
    /// <param name="unpainted">How many pictures may lack the time, where the display was made anew.</param>
    public static async Task<RecordedSession> ExpectStoredAsync(
        IReadOnlyList<RecordedSession> stored, string id, UnprivilegedUser user, int unpainted = 0)
    {
        var session = Assert.Single(stored, s => s.Manifest.User == user.Name);
        Assert.Equal("complete", session.Manifest.State);
        Assert.EndsWith($"/{Stack}/{Fleet}/{session.Id}", session.Folder, StringComparison.Ordinal);
        Assert.Empty(await SessionAudit.FindProblemsAsync(session));
        var metadata = JsonNode.Parse(await File.ReadAllTextAsync(session.SessionPath))!["metadata"]!;
        Assert.Equal((id, user.Name + "@example.com", Stack, Fleet), (
            (string?)metadata["AppStream_Session_ID"], (string?)metadata["AppStream_UserName"],
            (string?)metadata["AppStream_Stack_Name"], (string?)metadata["AppStream_Resource_Name"]));
        Assert.Null(metadata["APPSTREAM_SESSION_CONTEXT"]);
        var footage = await Footage.ReadAsync(session);
        Assert.InRange(footage.Unreadable, 0, unpainted);
        Assert.True(footage.Frames.Count >= 10, $"{footage.Frames.Count} frames");
        return session;
    }

    public async ValueTask DisposeAsync()
    {
        await (_machine?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Proxy.DisposeAsync();
        foreach (var user in _users)
        {
            await user.DisposeAsync();
        }

        _folder.Dispose();
    }

    private IEnumerable<string> Documents() =>
        Directory.EnumerateFiles(Machine.At(Sessions), "session.json", SearchOption.AllDirectories).Select(File.ReadAllText);

    /// <summary>Puts the machine's files in place, and installs from the unpacked archive as an image builder's administrator does.</summary>
    private async Task InstallAsync(Action<JsonObject>? configure)
    {
        Instance.Prepare();
        await Instance.SetMachineAsync("fleet", Fleet);
        await Machine.WriteAsync("/opt/provider/machine-role", $$"""
            #!/bin/sh
            # As AppStream's: nothing until the network is up.
            [ "$1" = --role=Machine ] && [ "$(id -u)" = 0 ] && [ -e /opt/provider/network-is-up ] || exit 1
            echo '{"Version":1,"AccessKeyId":"{{_store.Server.User.AccessKey}}","SecretAccessKey":"{{_store.Server.User.SecretKey}}"}'
            """.ReplaceLineEndings("\n"));
        await Tool.RunAsync("chmod", ["0700", Machine.At("/opt/provider/machine-role")]);
        await Machine.WriteAsync("/opt/provider/network-is-up", "");
        await Machine.WriteAsync("/etc/session-recorder/aws-config", "[profile appstream_machine_role]\ncredential_process = /opt/provider/machine-role --role=Machine\n");
        var configuration = Configuration();
        configure?.Invoke(configuration);
        await Machine.WriteAsync("/opt/recorder.json", configuration.ToJsonString());
        string[] install = ["install", "appstream", "--config", "/opt/recorder.json"];
        var said = await Machine.RunAsync(Recorder.Program, [.. install, "--dry-run"]);
        var done = await Machine.RunAsync(Recorder.Program, install);
        Expect.ExitCode(0, done);
        Assert.Equal(said.Output, done.Output);
        Assert.False(Directory.Exists("/opt/session-recorder"), "it was installed on the machine that tests");
    }

    private JsonObject Configuration() => new()
    {
        ["Capture"] = new JsonObject { ["SegmentDuration"] = "1s" },

        // As the outputs of deploy/aws have it.
        ["Heartbeat"] = new JsonObject { ["Interval"] = "5m" },
        ["Storage"] = new JsonObject
        {
            ["archive"] = new JsonObject
            {
                ["Plugin"] = "s3",
                ["Options"] = new JsonObject
                {
                    [nameof(Bucket)] = Bucket,
                    ["Endpoint"] = $"http://127.0.0.1:{Proxy.Port}",
                    ["PathStyle"] = true,
                    ["Region"] = _store.Server.Region,
                    ["Profile"] = "appstream_machine_role",
                    ["CredentialsFile"] = "/etc/session-recorder/aws-config",
                    ["AllowInstanceMetadata"] = false,
                },
            },
        },
    };
}
