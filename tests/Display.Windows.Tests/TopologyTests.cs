using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class TopologyTests
{
    [Fact]
    public void The_bounds_reach_over_all_monitors_at_negative_coordinates_too()
    {
        var topology = DesktopTopology.Read(new FakeDesktop { Monitors = [FakeDesktop.Left, FakeDesktop.Main] });

        Assert.Equal(new PixelRectangle(-1280, -200, 3200, 1280), topology.Bounds);
    }

    [Fact]
    public void The_primary_monitor_comes_first_and_each_has_its_place_and_scale()
    {
        var topology = DesktopTopology.Read(new FakeDesktop { Monitors = [FakeDesktop.Left, FakeDesktop.Main] });

        Assert.Equal(
            [
                new DisplayMonitor(@"\\.\DISPLAY1", new PixelRectangle(0, 0, 1920, 1080), 1.0, IsPrimary: true),
                new DisplayMonitor(@"\\.\DISPLAY2", new PixelRectangle(-1280, -200, 1280, 720), 1.5, IsPrimary: false),
            ],
            topology.Monitors);
    }

    [Fact]
    public void The_order_in_which_Windows_tells_the_monitors_is_no_change()
    {
        var third = FakeDesktop.Left with { Name = @"\\.\DISPLAY3", Bounds = new PixelRectangle(1920, 0, 800, 600) };

        Assert.Equal(
            DesktopTopology.Read(new FakeDesktop { Monitors = [FakeDesktop.Main, FakeDesktop.Left, third] }),
            DesktopTopology.Read(new FakeDesktop { Monitors = [third, FakeDesktop.Left, FakeDesktop.Main] }));
    }

    [Fact]
    public void A_monitor_whose_scale_is_not_told_counts_as_unscaled()
    {
        var topology = DesktopTopology.Read(new FakeDesktop { Monitors = [FakeDesktop.Main with { Dpi = 0 }] });

        Assert.Equal(1.0, topology.Monitors.Single().Scale);
    }

    [Fact]
    public void A_session_without_an_active_monitor_is_told_as_a_failure_that_passes()
    {
        var failure = Assert.Throws<DisplayException>(
            () => DesktopTopology.Read(new FakeDesktop { Monitors = [FakeDesktop.Main with { Bounds = default }] }));

        Assert.True(failure.IsTransient);
        Assert.NotNull(failure.Remedy);
    }
}
