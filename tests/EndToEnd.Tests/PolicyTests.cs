using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Sessions;

namespace SessionRecorder.Tests;

/// <summary>What an operator decides about sessions: pauses of idle ones, a notice, the end of those that cannot be recorded.</summary>
public sealed class PolicyTests
{
    private const int Width = 800;
    private const int Height = 600;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task An_idle_session_is_paused_until_the_mouse_moves()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var recorder = new Recorder(display.Name);
        recorder.Configuration["Capture"]!["IdleTimeout"] = "4s";
        await recorder.StartAsync("idle");

        await Recorder.WaitUntilAsync(() => recorder.FfmpegIds.Count == 0, _patience, "ffmpeg ends");
        var pausedAt = DateTimeOffset.UtcNow;
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.Empty(recorder.FfmpegIds);
        var movedAt = DateTimeOffset.UtcNow;
        Expect.ExitCode(0, await MoveAsync(display));
        await Recorder.WaitUntilAsync(() => recorder.FfmpegIds.Count == 1, _patience, "ffmpeg runs again");
        await Task.Delay(TimeSpan.FromSeconds(2));
        var stored = await recorder.StopAsync("idle");

        await Expect.Whole(recorder, stored);
        var gap = Expect.GapAt(stored, pausedAt, "session-idle");
        Assert.InRange((gap.To - movedAt).TotalSeconds, 0, 8);
        Assert.True(gap.To - gap.From > TimeSpan.FromSeconds(3), $"{gap}");
        Assert.Contains("\"change\":\"active\"", await File.ReadAllTextAsync(stored.LedgerPath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_notice_is_seen_in_the_video_after_the_first_frame_and_goes_again()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync(Width, Height);
        await using var recorder = new Recorder(display.Name);
        recorder.Configuration["Capture"]!["Cursor"] = false;
        recorder.Configuration["Notice"] = new JsonObject
        {
            ["Show"] = "message-box", ["Text"] = "This session of {user} is recorded.", ["Timeout"] = "4s",
        };
        await recorder.StartAsync("notice");
        await Task.Delay(TimeSpan.FromSeconds(9));
        var stored = await recorder.StopAsync("notice");

        await Expect.Whole(recorder, stored);
        var shown = (await File.ReadAllLinesAsync(stored.LedgerPath)).Select(line => JsonNode.Parse(line)!)
            .Single(line => (string?)line["fact"] == "notice-shown");
        Assert.Equal("window", (string?)shown["how"]);
        Assert.Contains("is recorded.", (string?)shown["text"], StringComparison.Ordinal);
        var bright = await CountBrightAsync(stored);
        Assert.Equal(0, bright[0]);
        Assert.InRange(bright.Count(pixels => pixels > 2000), 12, 35);
        Assert.Equal(0, bright[^1]);
    }

    [Theory]
    [InlineData("logoff", "FfmpegPath", "/bin/false", true)]
    [InlineData("logoff", "Nonsense", "1", true)]
    [InlineData("allow", "FfmpegPath", "/bin/false", false)]
    public async Task A_session_that_cannot_be_recorded_is_logged_off_where_that_is_wanted_and_no_other(
        string policy, string option, string value, bool isLoggedOff)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a message bus in the system's place needs root");
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var logind = await StartLogindAsync(display);
        await using var recorder = new Recorder(display.Name);
        recorder.Configuration["OnFailure"] = policy;
        recorder.Configuration["Capture"]!["Options"]![option] = value;

        var start = await StartAsync(recorder, logind, "failing");

        Assert.NotEqual(0, start.ExitCode);
        Assert.Contains(option == "Nonsense" ? "Nonsense" : "ffmpeg", start.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("", start.Output);
        Assert.Equal(isLoggedOff, start.Error.Contains("the user was logged off", StringComparison.Ordinal));
        Assert.Equal(isLoggedOff ? ["c1"] : [], logind.Terminated);
    }

    [Fact]
    public async Task A_session_that_is_recorded_is_not_logged_off_not_even_by_its_stop()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a message bus in the system's place needs root");
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var logind = await StartLogindAsync(display);
        await using var recorder = new Recorder(display.Name);
        recorder.Configuration["OnFailure"] = "logoff";

        var start = await StartAsync(recorder, logind, "fine");
        Expect.ExitCode(0, start);
        Assert.Equal("recording session fine", start.Output.Trim());
        await Task.Delay(TimeSpan.FromSeconds(2));
        await recorder.StopAsync("fine");
        await Recorder.WaitUntilAsync(() => recorder.HostIds.Count == 0, _patience, "the agent ends");

        Assert.Empty(logind.Terminated);
    }

    [Fact]
    public async Task A_user_who_is_away_and_so_is_not_recorded_is_not_logged_off()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a message bus in the system's place needs root");
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var logind = await StartLogindAsync(display);
        logind.Set(new LogindEntry("c1", 0, "root", display.Name, IsLocked: true));
        await using var recorder = new Recorder(display.Name);
        recorder.Configuration["OnFailure"] = "logoff";
        recorder.Configuration["Capture"]!["WhenLocked"] = "pause";

        var start = await StartAsync(recorder, logind, "away", timeout: "6s");

        Assert.NotEqual(0, start.ExitCode);
        Assert.Contains("session-locked", start.Error, StringComparison.Ordinal);
        Assert.Empty(logind.Terminated);
    }

    [Fact]
    public async Task A_session_whose_agent_gives_up_for_good_is_logged_off()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a message bus in the system's place needs root");
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var logind = await StartLogindAsync(display);
        await using var recorder = new Recorder(display.Name);
        recorder.Configuration["OnFailure"] = "logoff";
        recorder.Configuration["Capture"]!["SegmentDuration"] = "2s";
        Expect.ExitCode(0, await StartAsync(recorder, logind, "gone"));

        Directory.Delete(recorder.SpoolOf("gone"), recursive: true);
        await Recorder.WaitUntilAsync(() => recorder.HostIds.Count == 0, TimeSpan.FromSeconds(60), "the agent ends");

        Assert.Equal(["c1"], logind.Terminated);
    }

    /// <summary>The session on the display, and two of the same user elsewhere.</summary>
    private static async Task<StandInLogind> StartLogindAsync(VirtualDisplay display)
    {
        var logind = await StandInLogind.StartAsync();
        logind.Set(new LogindEntry("c1", 0, "root", display.Name));
        logind.Set(new LogindEntry("c2", 0, "root", ":7"));
        logind.Set(new LogindEntry("c3", 0, "root", ""));
        return logind;
    }

    private static Task<ToolResult> StartAsync(Recorder recorder, StandInLogind logind, string session, string timeout = "25s") => recorder.ShellAsync(
        $"mkdir -p /run/dbus && unshare --mount bash -c 'mount --bind {logind.Folder} /run/dbus && "
        + $"exec \"$PROGRAM\" start --session {session} --timeout {timeout} --config \"$CONFIG\"'");

    private static Task<ToolResult> MoveAsync(VirtualDisplay display) => Tool.TryAsync(
        "xdotool", ["mousemove", "77", "99"], new Dictionary<string, string?> { ["DISPLAY"] = display.Name }, _patience);

    /// <summary>How many pixels are not dark in each frame of the video.</summary>
    private static async Task<IReadOnlyList<int>> CountBrightAsync(RecordedSession session)
    {
        List<int> counts = [];
        using var folder = new TemporaryFolder();
        foreach (var segment in session.Manifest.Segments)
        {
            var raw = folder["frames"];
            Expect.ExitCode(0, await Tool.TryAsync(
                "/usr/bin/ffmpeg",
                ["-v", "error", "-y", "-i", session.PathOf(segment), "-vsync", "passthrough", "-pix_fmt", "gray", "-f", "rawvideo", raw],
                new Dictionary<string, string?>(),
                _patience));
            counts.AddRange((await File.ReadAllBytesAsync(raw)).Chunk(Width * Height).Select(frame => frame.Count(pixel => pixel > 120)));
        }

        return counts;
    }
}
