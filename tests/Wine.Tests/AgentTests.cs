namespace SessionRecorder.Tests;

/// <summary>The agent in the background, as session scripts start and stop it, and its end by force.</summary>
public sealed class AgentTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Start_records_in_the_background_status_tells_of_it_and_stop_delivers_it()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var machine = await WineMachine.StartAsync(display);
        using var recorder = new WineRecorder(machine);

        // This returns only if the agent does not hold start's output open.
        var started = await recorder.RunAsync("start", "--session", "wine");
        Expect.ExitCode(0, started);
        await Task.Delay(TimeSpan.FromSeconds(3));
        var status = await recorder.RunAsync("status");
        var priority = await machine.RunAsync(WineFolder.Helper, "priority", "ffmpeg");
        var stopped = await recorder.RunAsync("stop", "--session", "wine");

        TestContext.Current.TestOutputHelper?.WriteLine($"start {started.Elapsed.TotalSeconds:F2} s, stop {stopped.Elapsed.TotalSeconds:F2} s");
        Expect.ExitCode(0, status);
        Assert.Contains("wine", status.Output, StringComparison.Ordinal);
        Assert.Equal("BelowNormal", priority.Output.Trim());
        Expect.ExitCode(0, stopped);
        await recorder.ExpectWholeAsync(recorder.Session);
        Assert.Equal(0, (await Footage.ReadAsync(recorder.Session)).Unreadable);
        await Recorder.WaitUntilAsync(() => recorder.HostIds.Count + recorder.FfmpegIds.Count == 0, _patience, "all processes end");
        Expect.ExitCode(3, await recorder.RunAsync("stop", "--session", "wine"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ffmpeg_ends_with_a_host_that_is_killed_and_recovery_delivers_what_there_is(bool byTaskkill)
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var machine = await WineMachine.StartAsync(display);
        using var recorder = new WineRecorder(machine);
        Expect.ExitCode(0, await recorder.RunAsync("start", "--session", "killed"));
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.Single(recorder.FfmpegIds);

        var at = DateTimeOffset.UtcNow;
        if (byTaskkill)
        {
            Expect.ExitCode(0, await machine.RunAsync("taskkill", "/f", "/im", "session-recorder.exe"));
        }
        else
        {
            ProcFs.Signal(recorder.HostIds.Single(), ProcFs.SigKill);
        }

        var took = await Recorder.WaitUntilAsync(
            () => recorder.HostIds.Count + recorder.FfmpegIds.Count == 0, _patience, "ffmpeg ends with its host");
        TestContext.Current.TestOutputHelper?.WriteLine($"ffmpeg was gone {took.TotalSeconds:F2} s after the kill");
        Expect.ExitCode(0, await recorder.RunAsync("recover"));

        await recorder.ExpectWholeAsync(recorder.Session, "recovered");
        var last = (await Footage.ReadAsync(recorder.Session)).Frames[^1].Picture;
        Assert.True(last > at - TimeSpan.FromSeconds(2), $"killed at {at:HH:mm:ss.fff}, the picture ends at {last:HH:mm:ss.fff}");
    }
}
