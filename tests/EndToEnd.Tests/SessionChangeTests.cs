using SessionRecorder.TestTools.Sessions;

namespace SessionRecorder.Tests;

/// <summary>The user locks the screen, logs off, the machine shuts down: what becomes of the recording.</summary>
public sealed class SessionChangeTests
{
    private static readonly TimeSpan _calm = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_locked_session_is_paused_where_that_is_wanted_and_the_gap_has_that_cause()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a message bus in the system's place needs root");
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var logind = await StandInLogind.StartAsync();
        var session = new LogindEntry("c1", 0, "root", display.Name);
        logind.Set(session);
        await using var recorder = new Recorder(display.Name);
        recorder.Configuration["Capture"]!["WhenLocked"] = "pause";

        // The bus is where the system has it, in a namespace that the agent inherits.
        Expect.ExitCode(0, await recorder.ShellAsync(
            $"mkdir -p /run/dbus && unshare --mount bash -c 'mount --bind {logind.Folder} /run/dbus && "
            + "exec \"$PROGRAM\" start --session locked --config \"$CONFIG\"'"));
        await Task.Delay(_calm);
        var lockedAt = DateTimeOffset.UtcNow;
        logind.Set(session with { IsLocked = true });
        await Recorder.WaitUntilAsync(() => recorder.FfmpegIds.Count == 0, _patience, "ffmpeg ends");
        await Task.Delay(_calm);
        logind.Set(session);
        var resuming = await Recorder.WaitUntilAsync(() => recorder.FfmpegIds.Count == 1, _patience, "ffmpeg runs again");
        await Task.Delay(_calm);
        var stored = await recorder.StopAsync("locked");

        Assert.InRange(resuming.TotalSeconds, 0, 5);
        await Expect.Whole(recorder, stored);
        var gap = Expect.GapAt(stored, lockedAt + TimeSpan.FromSeconds(1), "session-locked");
        Assert.InRange((gap.To - gap.From).TotalSeconds, 2, 10);
        var ledger = await File.ReadAllTextAsync(stored.LedgerPath);
        Assert.Contains("\"change\":\"locked\"", ledger, StringComparison.Ordinal);
        Assert.Contains("\"change\":\"unlocked\"", ledger, StringComparison.Ordinal);
        Assert.DoesNotContain("capture-failed", ledger, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_whose_display_is_gone_for_good_is_closed_and_delivered_without_being_asked()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var recorder = new Recorder(display.Name);
        await recorder.StartAsync("gone");
        await Task.Delay(_calm);

        await display.KillServerAsync();
        var took = await Recorder.WaitUntilAsync(() => recorder.HostIds.Count == 0, _patience, "the agent ends");

        Assert.InRange(took.TotalSeconds, 9, 30);
        await Expect.Whole(recorder, recorder.Session);
        Assert.Contains("\"change\":\"logged-off\"", await File.ReadAllTextAsync(recorder.Session.LedgerPath), StringComparison.Ordinal);
        Assert.False(Directory.Exists(recorder.SpoolOf("gone")));
    }

    [Fact]
    public async Task A_shutdown_with_little_time_and_no_storage_leaves_a_closed_account_that_recovery_delivers()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var recorder = new Recorder(display.Name);
        await recorder.StartAsync("shutdown");
        await Task.Delay(_calm);
        var aside = recorder.StorageDirectory + ".aside";
        Directory.Move(recorder.StorageDirectory, aside);
        await File.WriteAllTextAsync(recorder.StorageDirectory, "no folder");
        var agent = Assert.Single(recorder.HostIds);

        ProcFs.Signal(agent, ProcFs.SigTerm);
        await Task.Delay(TimeSpan.FromSeconds(3));
        recorder.KillAll();

        var ledger = await File.ReadAllTextAsync(Path.Combine(recorder.SpoolOf("shutdown"), "ledger.jsonl"));
        Assert.Contains("segment-closed", ledger, StringComparison.Ordinal);
        Assert.Contains("session-sealed", ledger, StringComparison.Ordinal);
        File.Delete(recorder.StorageDirectory);
        Directory.Move(aside, recorder.StorageDirectory);
        Expect.ExitCode(0, await recorder.RunAsync("recover"));
        await Expect.Whole(recorder, recorder.Session);
    }
}
