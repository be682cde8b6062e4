namespace SessionRecorder.Tests;

/// <summary>The desktop's size, count and places of monitors may change as they like, and may be anywhere.</summary>
public sealed class DisplayTests
{
    private const double PromisedGap = 0.8;

    /// <summary>
    /// Without a message a change is seen at the next look, 100 ms later at the most, and then the old capture has to be
    /// ended; what gdigrab takes until then of a display that has shrunk is black.
    /// </summary>
    private const int BlackFrames = 3;

    private const double BlackTime = BlackFrames * 0.2;
    private static readonly TimeSpan _calm = TimeSpan.FromSeconds(3);

    [Fact]
    public Task A_size_that_changes_without_a_message_is_followed() => Measured.OnceMore(async _ =>
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.AddModeAsync("screen", 1600, 900);
        await display.AddModeAsync("screen", 1367, 769);
        await display.ShowTimeAsync();
        await using var machine = await WineMachine.StartAsync(display);
        using var recorder = new WineRecorder(machine);

        var moments = await RecordAsync(
            recorder, [() => display.ResizeAsync(1600, 900), () => display.ResizeAsync(1367, 769)]);

        // An odd size is padded by a pixel.
        await ExpectFollowedAsync(recorder, display, moments, [(1280, 720), (1600, 900), (1368, 770)]);
        var footage = await Footage.ReadAsync(recorder.Session);
        TestContext.Current.TestOutputHelper?.WriteLine($"largest step {footage.LargestStep}");
        Assert.InRange(footage.Unreadable, 0, BlackFrames);

        // None of it is claimed to be a picture.
        Assert.All(footage.UnreadableAt, at => Assert.Contains(
            recorder.Session.Manifest.Gaps, gap => gap.Cause == "display-changed" && gap.From <= at && at <= gap.To));
        Measured.AtMost(PromisedGap + BlackTime, footage.LargestStep.Length, $"the largest step, {footage.LargestStep}", display);
    });

    [Fact]
    public Task A_mode_that_a_program_sets_is_followed() => Measured.OnceMore(async _ =>
    {
        await using var display = await VirtualDisplay.StartXvfbAsync(1600, 1200);
        await using var machine = await WineMachine.StartAsync(display, desktop: (1280, 720));
        using var recorder = new WineRecorder(machine);

        var moments = await RecordAsync(recorder, [() => machine.SetModeAsync(1024, 768), () => machine.SetModeAsync(800, 600)]);

        await ExpectFollowedAsync(recorder, display, moments, [(1280, 720), (1024, 768), (800, 600)]);
        foreach (var segment in recorder.Session.Manifest.Segments)
        {
            await ExpectPictureAsync(recorder.Session, segment, $"{segment.Width}:{segment.Height}:0:0");
        }
    });

    [Fact]
    public async Task A_monitor_at_negative_coordinates_is_in_the_picture_whole()
    {
        await using var display = await VirtualDisplay.StartXorgAsync();
        await display.XrandrAsync("--addmode", "DUMMY1", "1024x768");
        await display.XrandrAsync(
            "--output", "DUMMY0", "--primary", "--mode", "1280x720", "--output", "DUMMY1", "--mode", "1024x768", "--left-of", "DUMMY0");

        // Wine asks for what the server knows already, and only a query makes it look whether an output is connected.
        await display.XrandrAsync("--query");
        await display.ShowScrollingTextAsync();
        await display.ShowTimeAsync();
        await using var machine = await WineMachine.StartAsync(display);
        using var recorder = new WineRecorder(machine);

        Expect.ExitCode(
            0, await recorder.RunAsync("record", "--duration", "5s", "--output", WineFolder.ToWindows(recorder.Storage)));

        var session = recorder.Session;
        await recorder.ExpectWholeAsync(session);
        Assert.Equal(
            [(-1024, 0, 1024, 768, false), (0, 0, 1280, 720, true)],
            session.Manifest.Displays[0].Monitors.Select(m => (m.X, m.Y, m.Width, m.Height, m.Primary)).Order());
        Assert.All(session.Manifest.Segments, segment => Assert.Equal((2304, 768), (segment.Width, segment.Height)));

        // The time stands at the upper left, on the monitor at negative coordinates.
        Assert.Equal(0, (await Footage.ReadAsync(session)).Unreadable);
        await ExpectPictureAsync(session, session.Manifest.Segments[0], "1024:768:0:0");
        await ExpectPictureAsync(session, session.Manifest.Segments[0], "1280:720:1024:0");
    }

    [Fact]
    public async Task Two_monitors_give_two_videos_where_they_are_wanted_separate()
    {
        await using var display = await VirtualDisplay.StartXorgAsync();
        await display.XrandrAsync("--addmode", "DUMMY1", "1024x768");
        await display.XrandrAsync(
            "--output", "DUMMY0", "--primary", "--mode", "1280x720", "--output", "DUMMY1", "--mode", "1024x768", "--left-of", "DUMMY0");
        await display.XrandrAsync("--query");
        await display.ShowTimeAsync();
        await display.ShowTimeAsync(1024);
        await using var machine = await WineMachine.StartAsync(display);
        using var recorder = new WineRecorder(machine, layout: "separate");

        Expect.ExitCode(
            0, await recorder.RunAsync("record", "--duration", "5s", "--output", WineFolder.ToWindows(recorder.Storage)));

        var session = recorder.Session;
        await recorder.ExpectWholeAsync(session);
        Assert.Equal("gdigrab", session.Manifest.Recorder.Source);
        Assert.Equal(2, Assert.Single(session.Manifest.Tracks!).Monitors.Count);
        foreach (var monitor in session.Manifest.Displays[0].Monitors)
        {
            Assert.All(
                session.Manifest.Segments.Where(segment => segment.Monitor == monitor.Name),
                segment => Assert.Equal((monitor.Width, monitor.Height), (segment.Width, segment.Height)));
            var footage = await Footage.ReadAsync(session, monitor.Name);
            Assert.Equal(0, footage.Unreadable);
            Assert.NotEmpty(footage.Frames);
        }
    }

    private static async Task<IReadOnlyList<DateTimeOffset>> RecordAsync(WineRecorder recorder, IReadOnlyList<Func<Task>> changes)
    {
        Expect.ExitCode(0, await recorder.RunAsync("start", "--session", "changing"));
        var moments = new List<DateTimeOffset>();
        foreach (var change in changes)
        {
            await Task.Delay(_calm);
            await change();
            moments.Add(DateTimeOffset.UtcNow);
        }

        await Task.Delay(_calm);
        Expect.ExitCode(0, await recorder.RunAsync("stop", "--session", "changing"));
        return moments;
    }

    private static async Task ExpectFollowedAsync(
        WineRecorder recorder, VirtualDisplay display, IReadOnlyList<DateTimeOffset> moments, (int Width, int Height)[] sizes)
    {
        var session = recorder.Session;
        await recorder.ExpectWholeAsync(session);
        Assert.Equal(sizes, session.Manifest.Segments.Select(segment => (segment.Width, segment.Height)).Distinct());
        foreach (var moment in moments)
        {
            var gap = Expect.GapAt(session, moment, "display-changed");
            TestContext.Current.TestOutputHelper?.WriteLine($"gap {gap.Length.TotalSeconds:F2} s");
            Measured.AtMost(PromisedGap, gap.Length, "a gap in the manifest", display);
        }
    }

    /// <summary>A part of a segment's last picture shows something: it is not black throughout.</summary>
    private static async Task ExpectPictureAsync(RecordedSession session, ManifestSegment segment, string crop)
    {
        var said = await Tool.RunAsync(
            "ffmpeg",
            [
                "-v", "error", "-nostdin", "-i", session.PathOf(segment), "-vf",
                $"crop={crop},signalstats,metadata=print:key=lavfi.signalstats.YMAX:file=-", "-f", "null", "-",
            ]);
        var brightest = said.Split('\n').Last(line => line.Contains("YMAX=", StringComparison.Ordinal)).Split('=')[1];
        Assert.True(double.Parse(brightest) > 40, $"the part {crop} of {segment.Key} is black: its brightest pixel has {brightest}");
    }
}
