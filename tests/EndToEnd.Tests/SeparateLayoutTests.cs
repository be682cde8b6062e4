using System.Text.Json.Nodes;

namespace SessionRecorder.Tests;

/// <summary>With the layout <c>separate</c> each monitor has a video of its own, and each is accounted for.</summary>
public sealed class SeparateLayoutTests
{
    private const string Right = "DUMMY0";
    private const string Left = "DUMMY1";

    [Fact]
    public async Task Two_monitors_give_two_videos_of_their_sizes_each_with_its_own_picture()
    {
        await using var display = await StartAsync(bothMonitors: true);
        await using var recorder = Configure(display);
        await recorder.StartAsync("separate");
        await Task.Delay(TimeSpan.FromSeconds(6));

        var session = await recorder.StopAsync("separate");

        await Expect.Whole(recorder, session);
        Assert.Equal([(Right, 1280, 720), (Left, 1024, 768)], SizesOf(session));
        Assert.Equal([Right, Left], Assert.Single(session.Manifest.Tracks!).Monitors);
        foreach (var monitor in new[] { Left, Right })
        {
            var footage = await Footage.ReadAsync(session, monitor);
            Assert.Equal(0, footage.Unreadable);
            Assert.InRange(footage.Frames.Count, 20, 45);
            Assert.True(session.Manifest.Segments.Count(segment => segment.Monitor == monitor) >= 2, "one file only");
        }

        var shown = await recorder.RunAsync("show", session.Id, "--storage", "archive");
        Assert.Contains($"a video for each of {Right}, {Left}", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_monitor_that_is_plugged_in_gets_a_video_and_costs_a_gap()
    {
        await using var display = await StartAsync(bothMonitors: false);
        await using var recorder = Configure(display);
        await recorder.StartAsync("plugged");
        await Task.Delay(TimeSpan.FromSeconds(2.5));
        var moment = DateTimeOffset.UtcNow;
        await display.XrandrAsync("--output", Left, "--mode", "1024x768", "--right-of", Right);
        await Task.Delay(TimeSpan.FromSeconds(2.5));

        var session = await recorder.StopAsync("plugged");

        await Expect.Whole(recorder, session);
        Expect.GapAt(session, moment, "display-changed");
        Assert.Equal([(Right, 1280, 720), (Left, 1024, 768)], SizesOf(session));
        Assert.Equal([1, 2], session.Manifest.Tracks!.Select(tracks => tracks.Monitors.Count));
        Assert.True(session.Manifest.Segments.First(segment => segment.Monitor == Left).StartedAt > moment);

        // The server may paint the desktop anew while it grows.
        Assert.All(
            (await Footage.ReadAsync(session, Right)).UnreadableAt,
            at => Assert.InRange(at, moment, moment + TimeSpan.FromSeconds(0.6)));
    }

    [Fact]
    public async Task Monitors_that_change_places_are_told_apart_although_the_desktop_stays_as_large()
    {
        await using var display = await StartAsync(bothMonitors: true);
        await using var recorder = Configure(display);
        await recorder.StartAsync("swapped");
        await Task.Delay(TimeSpan.FromSeconds(2));
        var moment = DateTimeOffset.UtcNow;
        await display.XrandrAsync("--output", Left, "--right-of", Right);
        await Task.Delay(TimeSpan.FromSeconds(2));

        var session = await recorder.StopAsync("swapped");

        await Expect.Whole(recorder, session);
        Expect.GapAt(session, moment, "display-changed");
        Assert.Equal([(Right, 1280, 720), (Left, 1024, 768)], SizesOf(session));

        // One of the two patterns is at the upper left of this monitor in each of its places.
        Assert.Equal(0, (await Footage.ReadAsync(session, Right)).Unreadable);
    }

    [Fact]
    public async Task Mirrored_monitors_are_one_video()
    {
        await using var display = await StartAsync(bothMonitors: false);
        await display.XrandrAsync("--output", Left, "--mode", "1024x768", "--same-as", Right);
        await using var recorder = Configure(display);
        await recorder.StartAsync("mirrored");
        await Task.Delay(TimeSpan.FromSeconds(1.5));

        var session = await recorder.StopAsync("mirrored");

        await Expect.Whole(recorder, session);

        // Neither holds the other: 1280x720 and 1024x768. Both are kept.
        Assert.Equal([Right, Left], Assert.Single(session.Manifest.Tracks!).Monitors);
        await display.XrandrAsync("--output", Left, "--mode", "800x600", "--same-as", Right);
        await recorder.StartAsync("hidden");
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        Assert.Equal([Right], Assert.Single((await recorder.StopAsync("hidden")).Manifest.Tracks!).Monitors);
    }

    [Fact]
    public async Task Killed_without_warning_the_videos_of_both_monitors_are_recovered()
    {
        await using var display = await StartAsync(bothMonitors: true);
        await using var recorder = Configure(display);
        await recorder.StartAsync("killed");
        await Task.Delay(TimeSpan.FromSeconds(5));

        var at = recorder.KillAll();
        await Recorder.WaitUntilAsync(
            () => recorder.HostIds.Count + recorder.FfmpegIds.Count == 0, TimeSpan.FromSeconds(3), "no process is left");
        Expect.ExitCode(0, await recorder.RunAsync("recover"));

        var session = recorder.Session;
        await Expect.Whole(recorder, session, "recovered");
        Assert.Equal([(Right, 1280, 720), (Left, 1024, 768)], SizesOf(session));
        foreach (var monitor in new[] { Left, Right })
        {
            var footage = await Footage.ReadAsync(session, monitor);
            Assert.Equal(0, footage.Unreadable);
            Measured.AtMost(2, at - footage.Frames[^1].Picture, $"missing of {monitor}'s last picture", display);
        }
    }

    [Fact]
    public async Task Verify_finds_a_segment_of_one_monitor_that_was_deleted_and_one_that_was_never_told()
    {
        await using var display = await StartAsync(bothMonitors: true);
        await using var recorder = Configure(display);
        await recorder.StartAsync("damaged");
        await Task.Delay(TimeSpan.FromSeconds(4));
        var session = await recorder.StopAsync("damaged");
        var segment = session.Manifest.Segments.First(segment => segment.Monitor == Left);

        File.Delete(session.PathOf(segment));
        var missing = await recorder.RunAsync("verify", session.Id, "--storage", "archive");
        Expect.ExitCode(5, missing);

        // Whether its ledger says that it was stored depends on what came first, its confirmation or the seal.
        Assert.Matches($"missing: (the ledger says that )?segment {segment.Index} ", missing.Output);

        var manifest = JsonNode.Parse(File.ReadAllText(session.ManifestPath))!;
        manifest["segments"]!.AsArray().RemoveAt(segment.Index);
        File.WriteAllText(session.ManifestPath, manifest.ToJsonString());
        var untold = await recorder.RunAsync("verify", session.Id, "--storage", "archive");
        Expect.ExitCode(5, untold);
        Assert.Contains($"is in no segment of the monitor {Left} and in no gap", untold.Output, StringComparison.Ordinal);
    }

    private static IEnumerable<(string?, int, int)> SizesOf(RecordedSession session) =>
        session.Manifest.Segments.Select(segment => (segment.Monitor, segment.Width, segment.Height)).Distinct().Order();

    /// <summary>The primary monitor is at the right, the other one at the left; each shows the time.</summary>
    private static async Task<VirtualDisplay> StartAsync(bool bothMonitors)
    {
        var display = await VirtualDisplay.StartXorgAsync();
        await display.XrandrAsync("--addmode", Left, "1024x768");
        await display.XrandrAsync("--addmode", Left, "800x600");
        if (bothMonitors)
        {
            await display.XrandrAsync(
                "--output", Right, "--primary", "--mode", "1280x720", "--output", Left, "--mode", "1024x768", "--left-of", Right);
            await display.ShowTimeAsync(1024);
        }

        await display.ShowTimeAsync();
        return display;
    }

    private static Recorder Configure(VirtualDisplay display)
    {
        var recorder = new Recorder(display.Name);
        recorder.Configuration["Capture"]!["Layout"] = "separate";
        recorder.Configuration["Capture"]!["SegmentDuration"] = "3s";
        return recorder;
    }
}
