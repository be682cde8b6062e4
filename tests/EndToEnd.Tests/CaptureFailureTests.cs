namespace SessionRecorder.Tests;

/// <summary>ffmpeg may die, stall or go: the recording goes on, and the gap is told with its cause.</summary>
public sealed class CaptureFailureTests
{
    private static readonly TimeSpan _calm = TimeSpan.FromSeconds(4);

    [Fact]
    public Task Recording_goes_on_within_a_second_when_ffmpeg_is_killed() =>
        ExpectGoesOn(id => ProcFs.Signal(id, ProcFs.SigKill));

    [Fact]
    public Task Recording_goes_on_within_a_second_when_ffmpeg_ends_with_0_unasked() =>
        ExpectGoesOn(id => File.WriteAllText($"/proc/{id}/fd/0", "q"));

    [Fact]
    public Task A_stopped_ffmpeg_is_noticed_within_five_seconds_and_replaced() => Measured.OnceMore(async _ =>
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var recorder = new Recorder(display.Name);
        await recorder.StartAsync("stalling");
        await Task.Delay(_calm);
        var stopped = Assert.Single(recorder.FfmpegIds);

        var at = DateTimeOffset.UtcNow;
        ProcFs.Signal(stopped, ProcFs.SigStop);
        await Recorder.WaitUntilAsync(
            () => recorder.FfmpegIds.Any(id => id != stopped), TimeSpan.FromSeconds(10), "another ffmpeg");
        var replaced = DateTimeOffset.UtcNow - at;
        await Task.Delay(_calm);
        var session = await recorder.StopAsync("stalling");

        Measured.AtMost(5, replaced, "time until it was replaced", display);
        Assert.False(ProcFs.IsRunning(stopped), "the stopped ffmpeg was left behind");
        await Expect.Whole(recorder, session);
        var gap = Expect.GapAt(session, at + TimeSpan.FromSeconds(2), "capture-stalled");
        Measured.AtMost(6, gap.To - at, "time until there was a picture again", display);
        Assert.True((await Footage.ReadAsync(session)).Frames[^1].Picture > at + replaced, "there was no picture again");
    });

    [Fact]
    public async Task A_display_that_dies_ends_neither_the_account_nor_what_was_recorded()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var recorder = new Recorder(display.Name);
        await recorder.StartAsync("orphaned");
        await Task.Delay(_calm);

        var at = DateTimeOffset.UtcNow;
        await display.KillServerAsync();
        await Task.Delay(_calm);
        var session = await recorder.StopAsync("orphaned");

        await Expect.Whole(recorder, session);
        Expect.GapAt(session, at + TimeSpan.FromSeconds(1), "display-lost");
        Assert.True(session.Manifest.EndedAt > at + TimeSpan.FromSeconds(3), "the account ended with the display");
    }

    private static Task ExpectGoesOn(Action<int> end) => Measured.OnceMore(async _ =>
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var recorder = new Recorder(display.Name);
        await recorder.StartAsync("dying");
        await Task.Delay(_calm);

        var at = DateTimeOffset.UtcNow;
        end(Assert.Single(recorder.FfmpegIds));
        await Task.Delay(_calm);
        var session = await recorder.StopAsync("dying");

        await Expect.Whole(recorder, session);
        Expect.GapAt(session, at, "capture-failed");
        // Not the largest step: a restart may cost less than an ordinary frame that came late.
        var step = (await Footage.ReadAsync(session)).Steps
            .Where(s => s.AcrossSegments)
            .MinBy(s => (s.After.Picture - at).Duration());
        Assert.NotEqual(default, step);
        Measured.AtMost(1, step.After.Picture - at, $"time until there was a picture again, after a step of {step}", display);
        Measured.AtMost(2, at - step.Before.Picture, $"lost of the time before, in a step of {step}", display);
    });
}
