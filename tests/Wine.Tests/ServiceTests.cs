using System.Text.Json.Nodes;

namespace SessionRecorder.Tests;

/// <summary>
/// The service under Windows' service manager, with agents that it launches into the user's session, and S3. Everybody is the
/// same user under Wine, so what users may not ask is not shown here.
/// </summary>
public sealed class ServiceTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _calm = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task A_user_who_asks_the_service_is_recorded_and_S3_has_all_of_it()
    {
        await using var bucket = await WineBucket.NameAsync();
        await bucket.CreateAsync();
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var machine = await WineMachine.StartAsync(display);
        using var recorder = Create(machine, bucket);
        await using var service = await WineService.InstallAsync(machine, recorder);
        await service.StartAsync();

        var started = await recorder.RunAsync("start");
        TestContext.Current.TestOutputHelper?.WriteLine($"start took {started.Elapsed.TotalSeconds:F2} s");
        Expect.ExitCode(0, started);
        var agent = Assert.Single(recorder.AgentIds);
        Assert.Contains("already recording", (await recorder.RunAsync("start")).Output, StringComparison.Ordinal);
        await Task.Delay(_calm);

        // The agent goes on without the service, and nobody else starts one.
        await service.StopAsync();
        var alone = await recorder.RunAsync("start");
        Assert.Equal(agent, Assert.Single(recorder.AgentIds));
        var stopped = await recorder.RunAsync("stop", "--all");

        Expect.ExitCode(3, alone);
        Expect.OneLineError(alone, "service does not run");
        Expect.ExitCode(0, stopped);
        await Recorder.WaitUntilAsync(() => recorder.HostIds.Count + recorder.FfmpegIds.Count == 0, _patience, "agent and ffmpeg end");
        var session = Assert.Single(await bucket.FetchAsync());
        await recorder.ExpectWholeAsync(session);
        await ExpectPictureAsync(session, since: DateTimeOffset.MinValue);
    }

    [Fact]
    public async Task The_service_replaces_an_agent_that_is_killed_and_delivers_what_others_left()
    {
        await using var bucket = await WineBucket.NameAsync();
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var machine = await WineMachine.StartAsync(display);
        using var recorder = Create(machine, bucket);
        await using var service = await WineService.InstallAsync(machine, recorder);
        await service.StartAsync();
        Expect.ExitCode(0, await recorder.RunAsync("start"));
        await Task.Delay(_calm);

        var (killed, ffmpeg) = (Assert.Single(recorder.AgentIds), Assert.Single(recorder.FfmpegIds));
        var status = JsonNode.Parse((await recorder.RunAsync("status", "--json")).Output)!["recording"]!.AsArray();
        var at = DateTimeOffset.UtcNow;
        Expect.ExitCode(0, await machine.RunAsync("taskkill", "/f", "/pid", $"{(int)Assert.Single(status)!["processId"]!}"));
        await Recorder.WaitUntilAsync(() => !ProcFs.IsRunning(killed) && !ProcFs.IsRunning(ffmpeg), _patience, "ffmpeg ends with its agent");
        await Recorder.WaitUntilAsync(
            () => service.Log.Contains("is recorded again", StringComparison.Ordinal), _patience, "the session is recorded again");
        await Task.Delay(_calm);

        // There is no bucket: what was recorded waits, with nobody to deliver it.
        await service.StopAsync();
        Expect.ExitCode(4, await recorder.RunAsync("stop", "--all", "--timeout", "5s"));
        await Recorder.WaitUntilAsync(() => recorder.HostIds.Count + recorder.FfmpegIds.Count == 0, _patience, "agent and ffmpeg end");
        await bucket.CreateAsync();
        await service.StartAsync();
        await Recorder.WaitUntilAsync(
            () => service.Log.Contains("left behind, is delivered", StringComparison.Ordinal), _patience, "what was left is delivered");

        var session = Assert.Single(await bucket.FetchAsync());
        await recorder.ExpectWholeAsync(session, "recovered");
        var gap = Expect.GapAt(session, at, "recorder-died");
        TestContext.Current.TestOutputHelper?.WriteLine($"the gap is {gap.Length.TotalSeconds:F2} s");
        await ExpectPictureAsync(session, since: gap.To);
        Assert.Empty(recorder.AgentIds);
    }

    private static WineRecorder Create(WineMachine machine, WineBucket bucket) => new(machine, configure: configuration =>
    {
        configuration["Elevation"] = new JsonObject { ["Plugin"] = "service" };
        configuration["Storage"] = new JsonObject { ["archive"] = bucket.Sink };
    });

    /// <summary>A service's own window station shows nothing: a picture is the user's desktop.</summary>
    private static async Task ExpectPictureAsync(RecordedSession session, DateTimeOffset since)
    {
        var footage = await Footage.ReadAsync(session);
        Assert.Equal(0, footage.Unreadable);
        Assert.InRange(footage.Frames.Count(frame => frame.Picture > since), 10, int.MaxValue);
    }
}
