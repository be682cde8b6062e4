namespace SessionRecorder.Tests;

/// <summary>The machine is gone for good: what it sent while it recorded is in storage, and is recovered from there.</summary>
public sealed class TailTests(ITestOutputHelper output) : IAsyncLifetime
{
    private VirtualDisplay? _display;

    private VirtualDisplay Display => _display ?? throw new InvalidOperationException("the display is not there yet");

    public async ValueTask InitializeAsync()
    {
        _display = await VirtualDisplay.StartXvfbAsync();
        await _display.ShowTimeAsync();
    }

    public ValueTask DisposeAsync() => Display.DisposeAsync();

    [Fact]
    public Task With_default_settings_at_most_ten_seconds_are_missing_from_storage() => Measured.OnceMore(async _ =>
    {
        await using var recorder = new Recorder(Display.Name);
        recorder.Configuration["Capture"]!.AsObject().Remove("SegmentDuration");
        await recorder.StartAsync("gone");
        await Task.Delay(TimeSpan.FromSeconds(22));

        var at = await KillForGoodAsync(recorder);
        await ExpectReadableAsync(recorder, "gone");

        // Far from a segment's end, where nothing may be unfinished for a moment.
        Assert.Contains("unfinished segment", (await recorder.RunAsync("show", "gone")).Output, StringComparison.Ordinal);
        await using var elsewhere = await RecoverElsewhereAsync(recorder, "gone");

        var session = elsewhere.Session;
        await Expect.Whole(elsewhere, session, "recovered");
        var missing = at - (await Footage.ReadAsync(session)).Frames[^1].Picture;
        output.WriteLine($"{missing.TotalSeconds:F2} s are missing from storage");
        Measured.AtMost(10, missing, "missing of the last picture", Display);
        Assert.False(Directory.Exists(Path.Combine(session.Folder, "tail")));

        // What is recovered is left alone from then on.
        var again = await elsewhere.RunAsync("recover", "--from-storage", "--older-than", "1s");
        Expect.ExitCode(0, again);
        await Expect.Whole(elsewhere, elsewhere.Session, "recovered");
    });

    [Theory]
    [InlineData(2, 5)]
    [InlineData(4, 8)]
    [InlineData(6, 10)]
    [InlineData(8, 12)]
    [InlineData(10, 14)]
    public Task Killed_at_any_moment_storage_alone_gives_a_whole_recording(int from, int to) => Measured.OnceMore(async _ =>
    {
        await using var recorder = new Recorder(Display.Name);
        recorder.Configuration["Capture"]!["SegmentDuration"] = "3s";
        recorder.Configuration["TailInterval"] = "1s";
        await recorder.StartAsync("gone");
        var after = TimeSpan.FromSeconds(from + ((to - from) * Random.Shared.NextDouble()));
        output.WriteLine($"killed after {after.TotalSeconds:F2} s");
        await Task.Delay(after);

        var at = await KillForGoodAsync(recorder);
        await ExpectReadableAsync(recorder, "gone");
        await using var elsewhere = await RecoverElsewhereAsync(recorder, "gone");

        await Expect.Whole(elsewhere, elsewhere.Session, "recovered");
        var missing = at - (await Footage.ReadAsync(elsewhere.Session)).Frames[^1].Picture;
        Measured.AtMost(10, missing, "missing of the last picture", Display);
    });

    [Fact]
    public async Task A_machine_that_comes_back_after_it_was_recovered_from_storage_puts_its_own_account_in_place()
    {
        await using var recorder = new Recorder(Display.Name);
        recorder.Configuration["TailInterval"] = "1s";
        await recorder.StartAsync("back");
        await Task.Delay(TimeSpan.FromSeconds(6));
        await KillForGoodAsync(recorder);
        await using var elsewhere = await RecoverElsewhereAsync(recorder, "back");
        var fromStorage = elsewhere.Session.Manifest;

        Expect.ExitCode(0, await recorder.RunAsync("recover"));

        var own = recorder.Session.Manifest;
        Assert.True(own.Segments[^1].EndedAt >= fromStorage.Segments[^1].EndedAt);
        Assert.NotEqual(fromStorage.LedgerHash, own.LedgerHash);
        Expect.ExitCode(0, await recorder.RunAsync("verify", "back"));
        Assert.True(File.Exists(recorder.Session.PathOf(fromStorage.Segments[^1])));
    }

    [Fact]
    public async Task What_may_still_be_recorded_is_left_alone()
    {
        await using var recorder = new Recorder(Display.Name);
        recorder.Configuration["TailInterval"] = "1s";
        await recorder.StartAsync("alive");
        await Task.Delay(TimeSpan.FromSeconds(3));
        await using var elsewhere = Elsewhere(recorder);

        var result = await elsewhere.RunAsync("recover", "--from-storage", "--session", "alive");

        Expect.ExitCode(3, result);
        Assert.Contains("may still be recorded", result.ToString(), StringComparison.Ordinal);
        await Expect.Whole(recorder, await recorder.StopAsync("alive"));
    }

    [Fact]
    public async Task A_recording_into_a_folder_sends_no_tail()
    {
        await using var recorder = new Recorder(Display.Name);
        var folder = Path.Combine(recorder.Folder, "folder");
        recorder.Configuration["TailInterval"] = "1s";
        await using var recording = recorder.Launch("record", "--output", folder, "--duration", "5s");
        await Task.Delay(TimeSpan.FromSeconds(4));

        Assert.Empty(Directory.Exists(folder) ? Directory.GetDirectories(folder, "tail", SearchOption.AllDirectories) : []);
        Expect.ExitCode(0, await recording.WaitForExitAsync(TimeSpan.FromSeconds(30)));
    }

    /// <summary>The recorder is dead, and what it had not sent is out of reach.</summary>
    private static async Task<DateTimeOffset> KillForGoodAsync(Recorder recorder)
    {
        var at = recorder.KillAll();
        await Recorder.WaitUntilAsync(
            () => recorder.HostIds.Count + recorder.FfmpegIds.Count == 0, TimeSpan.FromSeconds(3), "no process is left");
        return at;
    }

    private static Recorder Elsewhere(Recorder recorder)
    {
        var elsewhere = new Recorder(null, recorder.Folder);
        elsewhere.Configuration["DataDirectory"] = Path.Combine(recorder.Folder, "elsewhere");
        return elsewhere;
    }

    /// <summary>list, show and verify make sense of it as it lies there.</summary>
    private static async Task ExpectReadableAsync(Recorder recorder, string session)
    {
        var list = await recorder.RunAsync("list");
        Assert.Contains("last sign of life", list.Output, StringComparison.Ordinal);
        Assert.Contains("last sign of life", (await recorder.RunAsync("show", session)).Output, StringComparison.Ordinal);
        var verify = await recorder.RunAsync("verify", session);
        Expect.ExitCode(4, verify);
        Assert.Contains("nothing is wrong", verify.Output, StringComparison.Ordinal);
    }

    private static async Task<Recorder> RecoverElsewhereAsync(Recorder recorder, string session)
    {
        var elsewhere = Elsewhere(recorder);
        await Task.Delay(TimeSpan.FromSeconds(1.2));
        Expect.ExitCode(0, await elsewhere.RunAsync("recover", "--from-storage", "--session", session, "--older-than", "1s"));
        return elsewhere;
    }
}
