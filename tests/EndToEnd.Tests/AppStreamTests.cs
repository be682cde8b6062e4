using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Machines;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.Tests;

/// <summary>A simulated AppStream instance, from the image builder to recordings in a bucket: install, session scripts, users.</summary>
public sealed class AppStreamTests(Store store, ITestOutputHelper output) : IClassFixture<Store>, IAsyncLifetime
{
    private const string Pointer = "/opt/session-recorder/session-recorder";
    private const string Sessions = "/var/lib/session-recorder/sessions";
    private const string Stack = "exam-stack";
    private const string Fleet = "exam-fleet";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private UnprivilegedUser? _ada;
    private UnprivilegedUser? _bob;
    private AppStreamInstance? _instance;
    private FaultProxy? _proxy;
    private string _bucket = "";

    private UnprivilegedUser Ada => _ada ?? throw new InvalidOperationException("there are no users yet");

    private UnprivilegedUser Bob => _bob ?? throw new InvalidOperationException("there are no users yet");

    private AppStreamInstance Instance => _instance ?? throw new InvalidOperationException("there is no instance yet");

    private SessionScripts Scripts => new(Instance);

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        Assert.SkipUnless(BucketReader.IsAvailable, "needs rclone");
        (_ada, _bob) = (await UnprivilegedUser.CreateAsync(), await UnprivilegedUser.CreateAsync());
        _instance = await AppStreamInstance.CreateAsync();
        _bucket = await store.NewBucketAsync();
        _proxy = new FaultProxy(store.Server.Endpoint.Port);
        await InstallAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await (_instance?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_proxy?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_ada?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_bob?.DisposeAsync() ?? ValueTask.CompletedTask);
        _folder.Dispose();
    }

    [Fact]
    public async Task Two_users_sessions_are_recorded_at_once_and_each_ends_with_its_own()
    {
        var adas = await StartSessionAsync(Ada, "ada-1");
        await StartSessionAsync(Bob, "bob-1");
        await RefuseEverythingAsync(Ada);

        // The hook is told nothing, and both are still there: neither may be stopped for the other.
        var told = Assert.Single(await Scripts.RunAsync("SessionTermination", Ada));
        Expect.ExitCode(0, told.Result!);
        Assert.Contains("cannot be told", told.Result!.Output, StringComparison.Ordinal);
        Assert.Equal(2, await CountRecordingAsync());

        await AppStreamInstance.LogOffAsync(adas);
        await Recorder.WaitUntilAsync(() => CountRecordingAsync().Result == 1, _patience, "Ada's recording ends with her session");
        var last = Assert.Single(await Scripts.RunAsync("SessionTermination", Bob));
        Expect.ExitCode(0, last.Result!);

        var stored = await DownloadAsync();
        await ExpectStoredAsync(stored, "ada-1", Ada);
        await ExpectStoredAsync(stored, "bob-1", Bob);
        Assert.Equal(2, stored.Count);
        Assert.False(File.Exists(Instance.At("/etc/executed")), "a profile script was run");
        Assert.Empty(Directory.EnumerateDirectories(Instance.At(Sessions)));
    }

    [Fact]
    public async Task A_hook_that_is_told_the_session_stops_that_one_alone()
    {
        await StartSessionAsync(Ada, "ada-2");
        await StartSessionAsync(Bob, "bob-2");

        Expect.ExitCode(0, Assert.Single(await Scripts.RunAsync("SessionTermination", Ada, ("AppStream_Session_ID", "ada-2"))).Result!);

        Assert.Equal(1, await CountRecordingAsync());
        await ExpectStoredAsync(await DownloadAsync(), "ada-2", Ada);
        Expect.ExitCode(0, Assert.Single(await Scripts.RunAsync("SessionTermination", Bob, ("AppStream_Session_ID", "bob-2"))).Result!);
        await ExpectStoredAsync(await DownloadAsync(), "bob-2", Bob);
    }

    [Fact]
    public async Task The_last_sessions_hook_delivers_what_a_recorder_left_that_died_with_its_session()
    {
        var adas = await StartSessionAsync(Ada, "ada-6");
        var id = Directory.EnumerateDirectories(Instance.At(Sessions)).Select(Path.GetFileName).Single()!;
        await StartSessionAsync(Bob, "bob-6");

        // As a logoff does that leaves no time: the session and what runs in it are gone at once.
        await AppStreamInstance.LogOffAsync(adas);
        foreach (var process in Instance.ProcessIds.Where(process => ProcFs.CommandLine(process).Contains(id)))
        {
            ProcFs.Signal(process, ProcFs.SigKill);
        }

        var last = Assert.Single(await Scripts.RunAsync("SessionTermination", Bob));

        Expect.ExitCode(0, last.Result!);
        var stored = await DownloadAsync();
        await ExpectStoredAsync(stored, "bob-6", Bob);
        var left = Assert.Single(stored, session => session.Manifest.User == Ada.Name);
        Assert.NotEqual("recording", left.Manifest.State);
        Assert.Empty(await SessionAudit.FindProblemsAsync(left));
        Assert.Empty(Directory.EnumerateDirectories(Instance.At(Sessions)));
    }

    [Fact]
    public async Task Variables_of_an_earlier_session_that_are_still_there_cost_no_recording()
    {
        await StartSessionAsync(Ada, "ada-5");
        await Instance.LogOnAsync(Ada);
        Instance.ClearUser();
        await Instance.SetUserAsync(Stack, "somebody", "taken-5");
        Expect.ExitCode(0, Assert.Single(await Scripts.RunAsync("SessionStart", Ada)).Result!);
        await Instance.LogOnAsync(Bob);

        Expect.ExitCode(0, Assert.Single(await Scripts.RunAsync("SessionStart", Bob)).Result!);

        Assert.Equal(3, await CountRecordingAsync());
        var ids = Directory.EnumerateDirectories(Instance.At(Sessions)).Select(Path.GetFileName).ToArray();
        Assert.Contains("taken-5", ids);
        Assert.Contains(ids, id => id!.StartsWith("taken-5-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fifty_segments_that_wait_are_delivered_within_the_minute_that_the_hook_has()
    {
        await StartSessionAsync(Ada, "ada-3");
        _proxy!.Fault = new Fault(FaultKind.Refuse);
        await Recorder.WaitUntilAsync(() => CountSegments() >= 50, TimeSpan.FromSeconds(90), "fifty segments wait");
        _proxy.Fault = null;

        var stop = Assert.Single(await Scripts.RunAsync("SessionTermination", Ada));

        output.WriteLine($"stop with more than 50 segments took {stop.Elapsed.TotalSeconds:F1} s");
        Expect.ExitCode(0, stop.Result ?? throw new TimeoutException("stop was killed after waitingTime"));
        await ExpectStoredAsync(await DownloadAsync(), "ada-3", Ada);

        int CountSegments() => Directory.EnumerateFiles(Instance.At(Sessions), "*.mp4", SearchOption.AllDirectories)
            .Count(file => file.Contains("/video/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Storage_that_cannot_be_reached_lets_the_hook_end_in_time_and_say_so()
    {
        await StartSessionAsync(Ada, "ada-4");
        _proxy!.Fault = new Fault(FaultKind.Stall);

        var stop = Assert.Single(await Scripts.RunAsync("SessionTermination", Ada));

        Expect.ExitCode(4, stop.Result ?? throw new TimeoutException("stop was killed after waitingTime"));
        Assert.Contains("kept in the spool", stop.Result!.Error, StringComparison.Ordinal);
        _proxy.Fault = null;
        Expect.ExitCode(0, await Instance.RunAsync(Pointer, "recover"));
        await ExpectStoredAsync(await DownloadAsync(), "ada-4", Ada);
    }

    [Fact]
    public async Task An_image_builder_is_left_alone_and_a_session_without_its_hooks_is_a_problem_for_doctor()
    {
        var well = await FindAsync();
        Assert.Equal("ok", Level(well, "hooks"));
        Assert.Equal("ok", Level(well, "time at a session's end"));
        Assert.Equal("ok", Level(well, "rights"));
        Assert.Equal("ok", Level(well, "AppStream variables"));

        var file = "/opt/appstream/SessionScripts/config.json";
        var text = await File.ReadAllTextAsync(Instance.At(file), TestContext.Current.CancellationToken);
        await Instance.WriteAsync(file, text.Replace("60", "20", StringComparison.Ordinal));
        var short_ = await FindAsync();
        Assert.Equal(("problem", "problem"), (Level(short_, "hooks"), Level(short_, "time at a session's end")));
        Expect.ExitCode(0, await Instance.RunAsync(Pointer, "install", "appstream"));
        Assert.Equal("ok", Level(await FindAsync(), "hooks"));

        await Instance.SetMachineAsync("image-builder", "builder");
        await Instance.LogOnAsync(Ada);
        var start = Assert.Single(await Scripts.RunAsync("SessionStart", Ada)).Result!;
        Expect.OneLineError(start, "image builder", "not recorded");
        Assert.Equal("warning", Level(await FindAsync(), "session"));
        Assert.Equal(0, await CountRecordingAsync());
    }

    /// <summary>Puts the machine's files in place, and installs from the unpacked archive as an image builder's administrator does.</summary>
    private async Task InstallAsync()
    {
        await Instance.SetMachineAsync("fleet", Fleet);
        await Instance.WriteAsync("/opt/provider/machine-role", $$"""
            #!/bin/sh
            # As AppStream's: nothing until the network is up.
            [ "$1" = --role=Machine ] && [ "$(id -u)" = 0 ] && [ -e /opt/provider/network-is-up ] || exit 1
            echo '{"Version":1,"AccessKeyId":"{{store.Server.User.AccessKey}}","SecretAccessKey":"{{store.Server.User.SecretKey}}"}'
            """.ReplaceLineEndings("\n"));
        await Tool.RunAsync("chmod", ["0700", Instance.At("/opt/provider/machine-role")]);
        await Instance.WriteAsync("/opt/provider/network-is-up", "");
        await Instance.WriteAsync("/etc/session-recorder/aws-config", "[profile appstream_machine_role]\ncredential_process = /opt/provider/machine-role --role=Machine\n");
        await Instance.WriteAsync("/opt/recorder.json", new JsonObject
        {
            ["Capture"] = new JsonObject { ["SegmentDuration"] = "1s" },

            // As the outputs of deploy/aws have it.
            ["Elevation"] = new JsonObject { ["Plugin"] = "service" },
            ["Heartbeat"] = new JsonObject { ["Interval"] = "5m" },
            ["Storage"] = new JsonObject
            {
                ["archive"] = new JsonObject
                {
                    ["Plugin"] = "s3",
                    ["Options"] = new JsonObject
                    {
                        ["Bucket"] = _bucket,
                        ["Endpoint"] = $"http://127.0.0.1:{_proxy!.Port}",
                        ["PathStyle"] = true,
                        ["Region"] = store.Server.Region,
                        ["Profile"] = "appstream_machine_role",
                        ["CredentialsFile"] = "/etc/session-recorder/aws-config",
                        ["AllowInstanceMetadata"] = false,
                    },
                },
            },
        }.ToJsonString());
        string[] install = ["install", "appstream", "--config", "/opt/recorder.json"];
        var said = await Instance.RunAsync(Recorder.Program, [.. install, "--dry-run"]);
        var done = await Instance.RunAsync(Recorder.Program, install);
        Expect.ExitCode(0, done);
        Assert.Equal(said.Output, done.Output);
        Assert.False(Directory.Exists("/opt/session-recorder"), "it was installed on the machine that tests");
    }

    /// <summary>A session begins: the user is logged on, the hook runs, and three seconds after that the variables come.</summary>
    private async Task<RunningProcess> StartSessionAsync(UnprivilegedUser user, string id)
    {
        Instance.ClearUser();
        File.Delete(Instance.At("/opt/provider/network-is-up"));
        var server = await Instance.LogOnAsync(user);
        var start = Scripts.RunAsync("SessionStart", user);
        await Task.Delay(TimeSpan.FromSeconds(3));
        await Instance.SetUserAsync(Stack, user.Name + "@example.com", id);
        await Instance.WriteAsync("/opt/provider/network-is-up", "");
        var script = Assert.Single(await start);
        Expect.ExitCode(0, script.Result ?? throw new TimeoutException("start was killed after waitingTime"));
        output.WriteLine($"start took {script.Elapsed.TotalSeconds:F1} s");

        // Until then, the next session's variables would be taken for this one's: one file is for the whole machine.
        await Recorder.WaitUntilAsync(() => Documents().Any(text => text.Contains($"\"{id}\"", StringComparison.Ordinal)), _patience, "the variables are read");
        return server;
    }

    private IEnumerable<string> Documents() =>
        Directory.EnumerateFiles(Instance.At(Sessions), "session.json", SearchOption.AllDirectories).Select(File.ReadAllText);

    private async Task<int> CountRecordingAsync()
    {
        var status = await Instance.RunAsync(Pointer, "status", "--json");
        return JsonNode.Parse(status.Output)!["recording"]!.AsArray().Count(session => (string)session!["state"]! != "stopping");
    }

    private async Task<IReadOnlyList<RecordedSession>> DownloadAsync()
    {
        var copy = _folder[Guid.NewGuid().ToString("N")];
        await new BucketReader(store.Server, store.Server.User).DownloadAsync(_bucket, copy);
        return RecordedSession.FindAll(copy);
    }

    private static async Task ExpectStoredAsync(IReadOnlyList<RecordedSession> stored, string id, UnprivilegedUser user)
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
        Assert.Equal(0, footage.Unreadable);
        Assert.True(footage.Frames.Count >= 10, $"{footage.Frames.Count} frames");
    }

    /// <summary>What is installed, and what runs; the spool and the control socket besides are ReachTests' matter.</summary>
    private async Task RefuseEverythingAsync(UnprivilegedUser user)
    {
        var program = Path.GetDirectoryName((await Instance.RunAsync("realpath", Pointer)).Output.Trim())!;
        foreach (string[] attempt in (string[][])
            [
                ["ls", Sessions], ["cat", "/etc/session-recorder/recorder.json"], ["touch", $"{program}/plugins/new"],
                ["touch", "/opt/appstream/SessionScripts/config.json"], ["rm", Pointer], ["mkdir", "/opt/session-recorder/versions/x"],
                ["touch", "/etc/profile.d/appstream_user_vars.sh"], [Pointer, "stop", "--all"], [Pointer, "status"], [Pointer, "recover"],
                .. Instance.ProcessIds.Where(id => ProcFs.Program(id) is { } path && Path.GetFileName(path) is "session-recorder" or "ffmpeg")
                    .SelectMany(id => (string[][])[["sh", "-c", $"kill -TERM {id}"], ["cat", $"/proc/{id}/environ"]]),
            ])
        {
            var result = await Instance.RunAsAsync(user, attempt[0], attempt[1..]);
            Assert.True(result.ExitCode != 0, $"{string.Join(' ', attempt)}: {result}");
        }
    }

    private async Task<JsonArray> FindAsync()
    {
        var result = await Instance.RunAsync(Pointer, "doctor", "--json");
        output.WriteLine(result.Output);
        return JsonNode.Parse(result.Output)!["findings"]!.AsArray();
    }

    private static string Level(JsonArray findings, string subject) =>
        (string)findings.First(finding => (string)finding!["subject"]! == subject)!["level"]!;
}
