namespace SessionRecorder.Tests;

/// <summary>The user logs off while the session is recorded.</summary>
public sealed class LogoffTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_logoff_closes_the_last_segment_and_the_account()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var machine = await WineMachine.StartAsync(display);
        using var recorder = new WineRecorder(machine);
        Expect.ExitCode(0, await recorder.RunAsync("start", "--session", "logoff"));
        await Task.Delay(TimeSpan.FromSeconds(4));

        var at = DateTimeOffset.UtcNow;
        await machine.RunAsync("wineboot", "-e");
        var took = await Recorder.WaitUntilAsync(
            () => recorder.HostIds.Count + recorder.FfmpegIds.Count == 0, _patience, "the agent and its ffmpeg end");
        TestContext.Current.TestOutputHelper?.WriteLine($"the agent was gone {took.TotalSeconds:F2} s after wineboot had ended");

        // The end was told, and the account closed in time: nothing is left that would have to be repaired.
        await recorder.RunAsync("recover");
        await recorder.ExpectWholeAsync(recorder.Session);
        var ledger = await File.ReadAllTextAsync(recorder.Session.LedgerPath);
        Assert.Contains("\"fact\":\"session-changed\"", ledger, StringComparison.Ordinal);
        var footage = await Footage.ReadAsync(recorder.Session);
        Assert.Equal(0, footage.Unreadable);
        var last = footage.Frames[^1].Picture;
        Assert.True(last > at - TimeSpan.FromSeconds(2), $"logged off at {at:HH:mm:ss.fff}, the picture ends at {last:HH:mm:ss.fff}");
    }
}
