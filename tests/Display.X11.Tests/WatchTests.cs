using System.Diagnostics;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class WatchTests
{
    [Fact]
    public async Task A_watch_begins_with_the_topology_and_tells_of_a_mode_going_down_and_up_again()
    {
        await using var server = await XServer.StartXvfbAsync();
        await server.AddModeAsync("screen", 1024, 576);
        await using var monitor = Monitor(server);
        await using var watching = new Watching(monitor);
        await watching.UntilAsync(t => t.Bounds is { Width: 1280, Height: 720 });

        await server.XrandrAsync("--output", "screen", "--mode", "1024x576");
        await watching.UntilAsync(t => t.Bounds is { Width: 1024, Height: 576 } && t.Monitors.Count == 1);
        await server.XrandrAsync("--output", "screen", "--mode", "1280x720");
        await watching.UntilAsync(t => t.Bounds is { Width: 1280, Height: 720 } && t.Monitors.Count == 1);

        AssertNoRepetition(watching);
    }

    [Fact]
    public async Task A_second_monitor_is_told_when_it_comes_moves_and_goes()
    {
        await using var server = await XServer.StartXorgAsync();
        await server.XrandrAsync("--addmode", "DUMMY1", "1024x768");
        await using var monitor = Monitor(server);
        await using var watching = new Watching(monitor);
        await watching.UntilAsync(t => t.Monitors.Count == 1);

        await server.XrandrAsync("--output", "DUMMY1", "--mode", "1024x768", "--pos", "1280x0");
        await watching.UntilAsync(t => t.Monitors.Count == 2 && t.Bounds == new PixelRectangle(0, 0, 2304, 768));

        // The same size, only the places differ.
        await server.XrandrAsync("--output", "DUMMY1", "--pos", "0x0", "--output", "DUMMY0", "--pos", "1024x48");
        await watching.UntilAsync(t => t.Monitors.Count == 2 && t.Monitors[0].Bounds.X == 1024);

        await server.XrandrAsync("--output", "DUMMY1", "--off");
        await watching.UntilAsync(t => t.Monitors.Count == 1 && t.Bounds == new PixelRectangle(0, 0, 1280, 720));
        AssertNoRepetition(watching);
    }

    [Fact]
    public async Task Of_two_changes_within_a_second_the_last_state_is_told()
    {
        await using var server = await XServer.StartXorgAsync();
        await using var monitor = Monitor(server);
        await using var watching = new Watching(monitor);
        await watching.UntilAsync(t => t.Bounds.Width == 1280);

        for (var i = 0; i < 5; i++)
        {
            await server.XrandrAsync("--output", "DUMMY0", "--mode", "800x600");
            await server.XrandrAsync("--output", "DUMMY0", "--mode", "1024x768");
        }

        await watching.UntilAsync(t => t.Bounds is { Width: 1024, Height: 768 } && t.Monitors.Count == 1);
        await Task.Delay(500);
        Assert.Equal(new PixelRectangle(0, 0, 1024, 768), watching.Told[^1].Bounds);
        AssertNoRepetition(watching);
    }

    [Fact]
    public async Task A_change_is_told_by_its_event_not_by_the_periodic_look()
    {
        await using var server = await XServer.StartXorgAsync();
        await using var monitor = Monitor(server);
        await using var watching = new Watching(monitor);
        await watching.UntilAsync(t => t.Bounds.Width == 1280);

        // The best of ten: a busy machine delays some, the periodic look (each 250 ms) would delay all.
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 10; i++)
        {
            var width = i % 2 == 0 ? 800 : 1024;
            await server.XrandrAsync("--output", "DUMMY0", "--mode", width == 800 ? "800x600" : "1024x768");
            var changed = Stopwatch.GetTimestamp();
            var (_, at) = await watching.UntilAsync(t => t.Bounds.Width == width && t.Monitors.Count == 1);
            var delay = Stopwatch.GetElapsedTime(changed, at);
            best = delay < best ? delay : best;
        }

        Assert.InRange(best, TimeSpan.FromSeconds(-1), TimeSpan.FromMilliseconds(25));
    }

    [Fact]
    public async Task A_monitor_switched_off_and_on_does_not_end_the_watch()
    {
        await using var server = await XServer.StartXorgAsync();
        await using var monitor = Monitor(server);
        await using var watching = new Watching(monitor);
        await watching.UntilAsync(t => t.Monitors.Count == 1);

        await server.XrandrAsync("--output", "DUMMY0", "--off");
        await watching.UntilAsync(t => t.Monitors.Count == 0);
        await server.XrandrAsync("--output", "DUMMY0", "--auto");

        await watching.UntilAsync(t => t.Monitors.Count == 1);
    }

    [Fact]
    public async Task A_change_of_mode_is_told_once()
    {
        await using var server = await XServer.StartXorgAsync();
        await using var monitor = Monitor(server);
        await using var watching = new Watching(monitor);
        await watching.UntilAsync(t => t.Bounds.Width == 1280);

        await server.XrandrAsync("--output", "DUMMY0", "--mode", "800x600");
        await watching.UntilAsync(t => t.Bounds.Width == 800 && t.Monitors.Count == 1);
        await Task.Delay(300);

        // Each topology told costs a restart of the capture. xrandr holds the server while it is between two states.
        Assert.Equal([1280, 800], watching.Told.Select(t => t.Bounds.Width));
    }

    [Fact]
    public async Task A_server_that_dies_ends_the_watch_with_a_transient_failure()
    {
        await using var server = await XServer.StartXvfbAsync();
        await using var monitor = Monitor(server);
        await using var watching = new Watching(monitor);
        await watching.UntilAsync(_ => true);

        await server.KillAsync();

        var end = Assert.IsType<DisplayException>(await watching.EndAsync());
        Assert.True(end.IsTransient);
        Assert.Contains($"'{server.Display}' went away", end.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_servers_death_the_same_monitor_watches_the_next_one()
    {
        await using var server = await XServer.StartXvfbAsync();
        await using var monitor = Monitor(server);
        await using var first = new Watching(monitor);
        await first.UntilAsync(_ => true);
        await server.KillAsync();
        await first.EndAsync();

        await using var meanwhile = new Watching(monitor);
        var end = Assert.IsType<DisplayException>(await meanwhile.EndAsync());
        Assert.Contains("no X server answers", end.Message, StringComparison.Ordinal);

        await using var next = await XServer.StartXvfbAtAsync(server.Display);
        await using var again = new Watching(monitor);
        await again.UntilAsync(t => t.Bounds.Width == 1280);
    }

    [Fact]
    public async Task Cancelling_and_disposing_end_a_watch_even_of_a_server_that_stands_still()
    {
        await using var server = await XServer.StartXvfbAsync();
        await using var monitor = Monitor(server);
        await using var first = new Watching(monitor);
        await using var second = new Watching(monitor);
        await first.UntilAsync(_ => true);
        await second.UntilAsync(_ => true);
        await server.SignalAsync("STOP");
        await Task.Delay(400);
        var asking = monitor.GetTopologyAsync(CancellationToken.None);
        var started = Stopwatch.GetTimestamp();

        await first.StopAsync();
        Assert.IsAssignableFrom<OperationCanceledException>(await first.EndAsync());
        await monitor.DisposeAsync();

        Assert.IsAssignableFrom<OperationCanceledException>(await second.EndAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, X11Connection.Patience / 2);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => monitor.GetTopologyAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_server_that_stands_still_is_given_up_in_the_end()
    {
        await using var server = await XServer.StartXvfbAsync();
        await using var monitor = Monitor(server);
        await using var watching = new Watching(monitor);
        await watching.UntilAsync(_ => true);

        await server.SignalAsync("STOP");

        var end = Assert.IsType<DisplayException>(await watching.EndAsync());
        Assert.True(end.IsTransient);
        Assert.Contains("did not answer", end.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_of_a_server_without_RandR_stays_alive()
    {
        await using var server = await XServer.StartXvfbAsync("-extension", "RANDR");
        await using var monitor = Monitor(server);
        await using var watching = new Watching(monitor);
        await watching.UntilAsync(t => t.Bounds.Width == 1280);

        await Task.Delay(600);
        await watching.StopAsync();

        Assert.IsAssignableFrom<OperationCanceledException>(await watching.EndAsync());
        Assert.Single(watching.Told);
    }

    private static X11DisplayMonitor Monitor(XServer server) => new(server.Session(), TimeProvider.System);

    private static void AssertNoRepetition(Watching watching) =>
        Assert.All(watching.Told.Zip(watching.Told.Skip(1)), pair => Assert.NotEqual(pair.First, pair.Second));
}
