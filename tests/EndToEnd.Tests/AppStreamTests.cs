using SessionRecorder.TestTools.Machines;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.Tests;

/// <summary>A simulated AppStream instance, from the image builder to recordings in a bucket: install, session scripts, users.</summary>
public sealed class AppStreamTests(Store store, ITestOutputHelper output) : IClassFixture<Store>, IAsyncLifetime
{
    private const string Pointer = AppStreamMachine.Pointer;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private AppStreamMachine? _on;

    private AppStreamMachine On => _on ?? throw new InvalidOperationException("there is no instance yet");

    private SimulatedMachine Machine => On.Machine;

    private UnprivilegedUser Ada => On.Ada;

    private UnprivilegedUser Bob => On.Bob;

    private SessionScripts Scripts => On.Scripts;

    public async ValueTask InitializeAsync() => _on = await AppStreamMachine.CreateAsync(store, output);

    public ValueTask DisposeAsync() => _on?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Two_users_sessions_are_recorded_at_once_and_each_ends_with_its_own()
    {
        var adas = await On.StartSessionAsync(Ada, "ada-1");
        await On.StartSessionAsync(Bob, "bob-1");
        await RefuseEverythingAsync(Ada);

        // The hook is told nothing, and both are still there: neither may be stopped for the other.
        var told = Assert.Single(await Scripts.RunAsync("SessionTermination", Ada));
        Expect.ExitCode(0, told.Result!);
        Assert.Contains("cannot be told", told.Result!.Output, StringComparison.Ordinal);
        Assert.Equal(2, await On.CountRecordingAsync());

        await SimulatedMachine.LogOffAsync(adas);
        await Recorder.WaitUntilAsync(() => On.CountRecordingAsync().Result == 1, _patience, "Ada's recording ends with her session");
        var last = Assert.Single(await Scripts.RunAsync("SessionTermination", Bob));
        Expect.ExitCode(0, last.Result!);

        var stored = await On.DownloadAsync();
        await AppStreamMachine.ExpectStoredAsync(stored, "ada-1", Ada);
        await AppStreamMachine.ExpectStoredAsync(stored, "bob-1", Bob);
        Assert.Equal(2, stored.Count);
        Assert.False(File.Exists(Machine.At("/etc/executed")), "a profile script was run");
        Assert.Empty(Directory.EnumerateDirectories(Machine.At(AppStreamMachine.Sessions)));
    }

    [Fact]
    public async Task A_hook_that_is_told_the_session_stops_that_one_alone()
    {
        await On.StartSessionAsync(Ada, "ada-2");
        await On.StartSessionAsync(Bob, "bob-2");

        Expect.ExitCode(0, Assert.Single(await Scripts.RunAsync("SessionTermination", Ada, ("AppStream_Session_ID", "ada-2"))).Result!);

        Assert.Equal(1, await On.CountRecordingAsync());
        await AppStreamMachine.ExpectStoredAsync(await On.DownloadAsync(), "ada-2", Ada);
        Expect.ExitCode(0, Assert.Single(await Scripts.RunAsync("SessionTermination", Bob, ("AppStream_Session_ID", "bob-2"))).Result!);
        await AppStreamMachine.ExpectStoredAsync(await On.DownloadAsync(), "bob-2", Bob);
    }

    [Fact]
    public async Task The_last_sessions_hook_delivers_what_a_recorder_left_that_died_with_its_session()
    {
        var adas = await On.StartSessionAsync(Ada, "ada-6");
        var id = Directory.EnumerateDirectories(Machine.At(AppStreamMachine.Sessions)).Select(Path.GetFileName).Single()!;
        await On.StartSessionAsync(Bob, "bob-6");

        // As a logoff does that leaves no time: the session and what runs in it are gone at once.
        await SimulatedMachine.LogOffAsync(adas);
        foreach (var process in Machine.ProcessIds.Where(process => ProcFs.CommandLine(process).Contains(id)))
        {
            ProcFs.Signal(process, ProcFs.SigKill);
        }

        var last = Assert.Single(await Scripts.RunAsync("SessionTermination", Bob));

        Expect.ExitCode(0, last.Result!);
        var stored = await On.DownloadAsync();
        await AppStreamMachine.ExpectStoredAsync(stored, "bob-6", Bob);
        var left = Assert.Single(stored, session => session.Manifest.User == Ada.Name);
        Assert.NotEqual("recording", left.Manifest.State);
        Assert.Empty(await SessionAudit.FindProblemsAsync(left));
        Assert.Empty(Directory.EnumerateDirectories(Machine.At(AppStreamMachine.Sessions)));
    }

    [Fact]
    public async Task Variables_of_an_earlier_session_that_are_still_there_cost_no_recording()
    {
        await On.StartSessionAsync(Ada, "ada-5");
        await Machine.LogOnAsync(Ada);
        On.Instance.ClearUser();
        await On.Instance.SetUserAsync(AppStreamMachine.Stack, "somebody", "taken-5");
        Expect.ExitCode(0, Assert.Single(await Scripts.RunAsync("SessionStart", Ada)).Result!);
        await Machine.LogOnAsync(Bob);

        Expect.ExitCode(0, Assert.Single(await Scripts.RunAsync("SessionStart", Bob)).Result!);

        Assert.Equal(3, await On.CountRecordingAsync());
        var ids = Directory.EnumerateDirectories(Machine.At(AppStreamMachine.Sessions)).Select(Path.GetFileName).ToArray();
        Assert.Contains("taken-5", ids);
        Assert.Contains(ids, id => id!.StartsWith("taken-5-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fifty_segments_that_wait_are_delivered_within_the_minute_that_the_hook_has()
    {
        await On.StartSessionAsync(Ada, "ada-3");
        On.Proxy.Fault = new Fault(FaultKind.Refuse);
        await Recorder.WaitUntilAsync(() => CountSegments() >= 50, TimeSpan.FromSeconds(90), "fifty segments wait");
        On.Proxy.Fault = null;

        var stop = Assert.Single(await Scripts.RunAsync("SessionTermination", Ada));

        output.WriteLine($"stop with more than 50 segments took {stop.Elapsed.TotalSeconds:F1} s");
        Expect.ExitCode(0, stop.Result ?? throw new TimeoutException("stop was killed after waitingTime"));
        await AppStreamMachine.ExpectStoredAsync(await On.DownloadAsync(), "ada-3", Ada);

        int CountSegments() => Directory.EnumerateFiles(Machine.At(AppStreamMachine.Sessions), "*.mp4", SearchOption.AllDirectories)
            .Count(file => file.Contains("/video/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Storage_that_cannot_be_reached_lets_the_hook_end_in_time_and_say_so()
    {
        await On.StartSessionAsync(Ada, "ada-4");
        On.Proxy.Fault = new Fault(FaultKind.Stall);

        var stop = Assert.Single(await Scripts.RunAsync("SessionTermination", Ada));

        Expect.ExitCode(4, stop.Result ?? throw new TimeoutException("stop was killed after waitingTime"));
        Assert.Contains("kept in the spool", stop.Result!.Error, StringComparison.Ordinal);
        On.Proxy.Fault = null;
        Expect.ExitCode(0, await Machine.RunAsync(Pointer, "recover"));
        await AppStreamMachine.ExpectStoredAsync(await On.DownloadAsync(), "ada-4", Ada);
    }

    [Fact]
    public async Task An_image_builder_is_left_alone_and_a_session_without_its_hooks_is_a_problem_for_doctor()
    {
        var well = await On.FindAsync();
        Assert.Equal("ok", AppStreamMachine.Level(well, "hooks"));
        Assert.Equal("ok", AppStreamMachine.Level(well, "time at a session's end"));
        Assert.Equal("ok", AppStreamMachine.Level(well, "rights"));
        Assert.Equal("ok", AppStreamMachine.Level(well, "AppStream variables"));

        var file = "/opt/appstream/SessionScripts/config.json";
        var text = await File.ReadAllTextAsync(Machine.At(file), TestContext.Current.CancellationToken);
        await Machine.WriteAsync(file, text.Replace("60", "20", StringComparison.Ordinal));
        var short_ = await On.FindAsync();
        Assert.Equal(("problem", "problem"), (AppStreamMachine.Level(short_, "hooks"), AppStreamMachine.Level(short_, "time at a session's end")));
        Expect.ExitCode(0, await Machine.RunAsync(Pointer, "install", "appstream"));
        Assert.Equal("ok", AppStreamMachine.Level(await On.FindAsync(), "hooks"));

        await On.Instance.SetMachineAsync("image-builder", "builder");
        await Machine.LogOnAsync(Ada);
        var start = Assert.Single(await Scripts.RunAsync("SessionStart", Ada)).Result!;
        Expect.OneLineError(start, "image builder", "not recorded");
        Assert.Equal("warning", AppStreamMachine.Level(await On.FindAsync(), "session"));
        Assert.Equal(0, await On.CountRecordingAsync());
    }

    /// <summary>What is installed, and what runs; the spool and the control socket besides are ReachTests' matter.</summary>
    private async Task RefuseEverythingAsync(UnprivilegedUser user)
    {
        var program = Path.GetDirectoryName((await Machine.RunAsync("realpath", Pointer)).Output.Trim())!;
        foreach (string[] attempt in (string[][])
            [
                ["ls", AppStreamMachine.Sessions], ["cat", "/etc/session-recorder/recorder.json"], ["touch", $"{program}/plugins/new"],
                ["touch", "/opt/appstream/SessionScripts/config.json"], ["rm", Pointer], ["mkdir", "/opt/session-recorder/versions/x"],
                ["touch", "/etc/profile.d/appstream_user_vars.sh"], [Pointer, "stop", "--all"], [Pointer, "status"], [Pointer, "recover"],
                .. Machine.ProcessIds.Where(id => ProcFs.Program(id) is { } path && Path.GetFileName(path) is "session-recorder" or "ffmpeg")
                    .SelectMany(id => (string[][])[["sh", "-c", $"kill -TERM {id}"], ["cat", $"/proc/{id}/environ"]]),
            ])
        {
            var result = await Machine.RunAsAsync(user, attempt[0], attempt[1..]);
            Assert.True(result.ExitCode != 0, $"{string.Join(' ', attempt)}: {result}");
        }
    }
}
