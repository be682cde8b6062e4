using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Recording;

namespace SessionRecorder.Tests.Recording;

public sealed class CaptureTrackTests
{
    private static readonly PixelRectangle Big = new(0, 0, 1280, 720);
    private static readonly PixelRectangle Left = new(-1024, -48, 1024, 768);

    [Fact]
    public void Combined_all_monitors_are_one_track_without_a_name() =>
        Assert.Equal([new CaptureTrack(null, Big.Union(Left))], Of(CaptureLayout.Combined, ("b", Big), ("a", Left)));

    [Fact]
    public void Separate_each_monitor_is_a_track_in_the_order_of_names() =>
        Assert.Equal([new CaptureTrack("a", Left), new CaptureTrack("b", Big)], Of(CaptureLayout.Separate, ("b", Big), ("a", Left)));

    [Fact]
    public void Of_mirrored_monitors_one_is_left_and_of_one_within_another_the_larger() =>
        Assert.Equal(
            [new CaptureTrack("b", Big)],
            Of(CaptureLayout.Separate, ("c", Big), ("b", Big), ("a", Big with { Width = 800, Height = 600 })));

    [Fact]
    public void Without_a_monitor_there_is_the_desktop() =>
        Assert.Equal([new CaptureTrack(null, Big)], CaptureTrack.Of(new DisplayTopology([], Big), CaptureLayout.Separate));

    private static IReadOnlyList<CaptureTrack> Of(CaptureLayout layout, params (string Name, PixelRectangle Bounds)[] monitors) =>
        CaptureTrack.Of(
            new DisplayTopology(
                [.. monitors.Select(monitor => new DisplayMonitor(monitor.Name, monitor.Bounds, 1, false))],
                monitors.Aggregate(default(PixelRectangle), (all, monitor) => all.Union(monitor.Bounds))),
            layout);
}
