namespace SessionRecorder.Tests;

/// <summary>The display's size, count and position may change as they like: it costs at most 0.4 s of picture each.</summary>
public sealed class DisplayChangeTests
{
    private static readonly TimeSpan _calm = TimeSpan.FromSeconds(2.5);

    [Fact]
    public Task A_size_that_goes_up_down_and_twice_within_a_second_is_followed() => Measured.OnceMore(async _ =>
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        foreach (var (width, height) in new[] { (1600, 900), (1024, 768), (1367, 769) })
        {
            await display.AddModeAsync("screen", width, height);
        }

        await ExpectFollowed(
            display,
            [
                Change(_calm, () => display.ResizeAsync(1600, 900)),
                Change(_calm, () => display.ResizeAsync(1024, 768)),
                Change(_calm, () => display.ResizeAsync(1280, 720)),
                Change(TimeSpan.FromSeconds(0.5), () => display.ResizeAsync(1367, 769)),
            ],
            // An odd size is padded by a pixel. The size between the two quick changes may have been too short to see.
            [[(1280, 720), (1600, 900), (1024, 768), (1280, 720), (1368, 770)], [(1280, 720), (1600, 900), (1024, 768), (1368, 770)]]);
    });

    [Fact]
    public Task A_second_monitor_may_come_and_go_and_the_first_may_shrink() => Measured.OnceMore(async _ =>
    {
        await using var display = await VirtualDisplay.StartXorgAsync();
        await display.XrandrAsync("--addmode", "DUMMY1", "1024x768");

        await ExpectFollowed(
            display,
            [
                Change(_calm, () => display.XrandrAsync("--output", "DUMMY0", "--mode", "1920x1080")),
                Change(_calm, () => display.XrandrAsync("--output", "DUMMY1", "--mode", "1024x768", "--right-of", "DUMMY0")),
                Change(_calm, () => display.XrandrAsync("--output", "DUMMY1", "--off")),
                Change(_calm, () => display.XrandrAsync("--output", "DUMMY0", "--mode", "800x600")),
            ],
            [[(1280, 720), (1920, 1080), (2944, 1080), (1920, 1080), (800, 600)]]);
    });

    private static (TimeSpan After, Func<Task> Do) Change(TimeSpan after, Func<Task> change) => (after, change);

    private static async Task ExpectFollowed(
        VirtualDisplay display,
        IReadOnlyList<(TimeSpan After, Func<Task> Do)> changes,
        (int Width, int Height)[][] acceptedSizes)
    {
        await display.ShowTimeAsync();
        await using var recorder = new Recorder(display.Name);
        await recorder.StartAsync("changing");
        var moments = new List<DateTimeOffset>();
        foreach (var (after, change) in changes)
        {
            await Task.Delay(after);
            moments.Add(DateTimeOffset.UtcNow);
            await change();
        }

        await Task.Delay(_calm);
        var session = await recorder.StopAsync("changing");
        await Expect.Whole(recorder, session);

        var footage = await Footage.ReadAsync(session);
        Measured.AtMost(0.4, footage.LargestStep.Length, $"the largest step, {footage.LargestStep}", display);
        Assert.True(footage.Frames[^1].Picture > moments[^1] + TimeSpan.FromSeconds(1.5), "the recording ended early");
        Assert.All(moments, moment =>
            Measured.AtMost(0.4, Expect.GapAt(session, moment, "display-changed").Length, "a gap in the manifest", display));
        Assert.Contains(SizesInOrder(session), sizes => acceptedSizes.Any(accepted => accepted.SequenceEqual(sizes)));
    }

    // One list of sizes, in a list: so that the assertion's message shows it.
    private static IEnumerable<IReadOnlyList<(int Width, int Height)>> SizesInOrder(RecordedSession session)
    {
        var sizes = new List<(int, int)>();
        foreach (var segment in session.Manifest.Segments)
        {
            if (sizes.Count == 0 || sizes[^1] != (segment.Width, segment.Height))
            {
                sizes.Add((segment.Width, segment.Height));
            }
        }

        return [sizes];
    }
}
