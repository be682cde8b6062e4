namespace SessionRecorder.Tests;

/// <summary>An undisturbed desktop, recorded by the Windows program.</summary>
public sealed class SteadyTests
{
    [Fact]
    public Task Recording_to_a_folder_keeps_every_frame_and_stores_a_whole_session() => Measured.OnceMore(async _ =>
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var machine = await WineMachine.StartAsync(display);
        using var recorder = new WineRecorder(machine);

        var result = await recorder.RunAsync("record", "--duration", "21s", "--output", WineFolder.ToWindows(recorder.Storage));

        Expect.ExitCode(0, result);
        var session = recorder.Session;
        await recorder.ExpectWholeAsync(session);
        Assert.Equal("gdigrab", session.Manifest.Recorder.Source);
        Assert.All(session.Manifest.Gaps, gap => Assert.Equal("starting", gap.Cause));
        Assert.All(session.Manifest.Segments, segment => Assert.Equal((1280, 720), (segment.Width, segment.Height)));
        Assert.Empty(Directory.GetFiles(recorder.DataDirectory, "*.mp4", SearchOption.AllDirectories));

        var footage = await Footage.ReadAsync(session);
        var (smallest, largest) = footage.ClockOffset;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"largest step {footage.LargestStep}, clock offset {smallest.TotalSeconds:F2} to {largest.TotalSeconds:F2} s");
        Assert.Equal(0, footage.Unreadable);
        Assert.True(footage.Steps.Count(step => step.AcrossSegments) >= 2, "expected at least three segments");
        Measured.AtMost(0.3, footage.LargestStep.Length, $"the largest step, {footage.LargestStep}", display);
        Assert.InRange(smallest.TotalSeconds, -0.3, 0.3);
        Assert.InRange(largest.TotalSeconds, -0.3, 0.3);
    });

    [Fact]
    public async Task Doctor_finds_nothing_in_the_way()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var machine = await WineMachine.StartAsync(display);
        using var recorder = new WineRecorder(machine);

        var result = await recorder.RunAsync("doctor");

        Expect.ExitCode(0, result);
        Assert.Contains("1280x720+0+0", result.Output, StringComparison.Ordinal);
        Assert.Contains("gdigrab", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("problem", result.Output, StringComparison.Ordinal);
    }
}
