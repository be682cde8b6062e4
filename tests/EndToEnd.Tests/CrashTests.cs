namespace SessionRecorder.Tests;

/// <summary>The recorder is killed: what it had recorded is on disk, and recover delivers it.</summary>
public sealed class CrashTests(ITestOutputHelper output) : IAsyncLifetime
{
    private VirtualDisplay? _display;

    private VirtualDisplay Display => _display ?? throw new InvalidOperationException("the display is not there yet");

    public async ValueTask InitializeAsync()
    {
        _display = await VirtualDisplay.StartXvfbAsync();
        await _display.ShowTimeAsync();
    }

    public ValueTask DisposeAsync() => Display.DisposeAsync();

    [Theory]
    [InlineData(1, 3)]
    [InlineData(3, 6)]
    [InlineData(6, 12)]
    public Task Killed_at_any_moment_at_most_two_seconds_are_missing(int from, int to) => Measured.OnceMore(async _ =>
    {
        await using var recorder = new Recorder(Display.Name);
        recorder.Configuration["Capture"]!["SegmentDuration"] = "4s";
        await recorder.StartAsync("crashing");
        var after = TimeSpan.FromSeconds(from + ((to - from) * Random.Shared.NextDouble()));
        output.WriteLine($"killed after {after.TotalSeconds:F2} s");
        await Task.Delay(after);

        var at = recorder.KillAll();
        await ExpectNoProcesses(recorder);
        Expect.ExitCode(0, await recorder.RunAsync("recover"));

        var session = recorder.Session;
        await Expect.Whole(recorder, session, "recovered");
        var footage = await Footage.ReadAsync(session);
        Measured.AtMost(2, at - footage.Frames[^1].Picture, "missing of the last picture", Display);
        Measured.AtMost(0.3, footage.LargestStep.Length, $"the largest step, {footage.LargestStep}", Display);
        Assert.Empty(Directory.GetFiles(recorder.DataDirectory, "*.mp4", SearchOption.AllDirectories));
        await ExpectNoProcesses(recorder);
    });

    [Fact]
    public async Task The_first_frame_is_on_disk_when_start_returns()
    {
        await using var recorder = new Recorder(Display.Name);
        await recorder.StartAsync("short");
        recorder.KillAll();
        await ExpectNoProcesses(recorder);

        Expect.ExitCode(0, await recorder.RunAsync("recover"));

        await Expect.Whole(recorder, recorder.Session, "recovered");
        Assert.NotEmpty((await Footage.ReadAsync(recorder.Session)).Frames);
    }

    [Fact]
    public async Task A_stop_that_finds_the_agent_dead_delivers_what_it_left()
    {
        await using var recorder = new Recorder(Display.Name);
        await recorder.StartAsync("orphaned");
        await Task.Delay(TimeSpan.FromSeconds(2));
        recorder.KillAll();
        await ExpectNoProcesses(recorder);

        var stop = await recorder.RunAsync("stop");

        Expect.ExitCode(0, stop);
        Assert.Contains("session orphaned: ", stop.Output, StringComparison.Ordinal);
        await Expect.Whole(recorder, recorder.Session, "recovered");
        Expect.ExitCode(3, await recorder.RunAsync("stop"));
    }

    [Fact]
    public async Task Of_several_recovers_at_once_one_delivers_and_none_does_harm()
    {
        await using var recorder = new Recorder(Display.Name);
        await recorder.StartAsync("contested");
        await Task.Delay(TimeSpan.FromSeconds(4));
        recorder.KillAll();
        await ExpectNoProcesses(recorder);

        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => recorder.RunAsync("recover")));

        // 4, not delivered yet, for those that found it taken.
        Assert.All(results, result => Assert.True(result.ExitCode is 0 or 4, result.ToString()));
        Assert.Contains(results, result => result.ExitCode == 0);
        await Expect.Whole(recorder, recorder.Session, "recovered");
    }

    [Fact]
    public async Task Ffmpeg_does_not_outlive_an_agent_that_is_killed_alone()
    {
        await using var recorder = new Recorder(Display.Name);
        await recorder.StartAsync("left");
        await Task.Delay(TimeSpan.FromSeconds(2));

        ProcFs.Signal(Assert.Single(recorder.HostIds), ProcFs.SigKill);

        await ExpectNoProcesses(recorder);
    }

    [Fact]
    public async Task The_next_start_delivers_what_a_crash_left()
    {
        await using var recorder = new Recorder(Display.Name);
        await recorder.StartAsync("before");
        await Task.Delay(TimeSpan.FromSeconds(3));
        recorder.KillAll();
        await ExpectNoProcesses(recorder);

        await recorder.StartAsync("after");
        await Recorder.WaitUntilAsync(
            () => recorder.Sessions.Any(s => s is { Id: "before", Manifest.State: "recovered" }),
            TimeSpan.FromSeconds(20),
            "the session from before the crash is stored");
        await recorder.StopAsync("after");

        Assert.All(recorder.Sessions, session => Assert.Empty(SessionAudit.CheckLedger(session)));
        await Expect.Whole(recorder, recorder.Sessions[0], "recovered");
        await Expect.Whole(recorder, recorder.Sessions[1]);
    }

    private static Task<TimeSpan> ExpectNoProcesses(Recorder recorder) => Recorder.WaitUntilAsync(
        () => recorder.HostIds.Count + recorder.FfmpegIds.Count == 0, TimeSpan.FromSeconds(3), "no process is left");
}
