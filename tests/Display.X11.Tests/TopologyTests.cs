using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class TopologyTests
{
    [Fact]
    public async Task A_display_with_one_monitor_is_that_monitor()
    {
        await using var server = await XServer.StartXvfbAsync();

        var topology = await AskAsync(server.Session());

        var screen = new PixelRectangle(0, 0, 1280, 720);
        Assert.Equal(screen, topology.Bounds);
        Assert.Equal([new DisplayMonitor("screen", screen, 1.0, IsPrimary: false)], topology.Monitors);
    }

    [Fact]
    public async Task Two_monitors_are_told_with_their_places_the_primary_one_first()
    {
        await using var server = await XServer.StartXorgAsync();
        await server.XrandrAsync("--addmode", "DUMMY1", "1024x768");
        await server.XrandrAsync(
            "--output", "DUMMY0", "--mode", "1280x720", "--pos", "0x48",
            "--output", "DUMMY1", "--mode", "1024x768", "--pos", "1280x0", "--primary");

        var topology = await AskAsync(server.Session());

        Assert.Equal(
            [
                new DisplayMonitor("DUMMY1", new PixelRectangle(1280, 0, 1024, 768), 1.0, IsPrimary: true),
                new DisplayMonitor("DUMMY0", new PixelRectangle(0, 48, 1280, 720), 1.0, IsPrimary: false),
            ],
            topology.Monitors);
        Assert.Equal(new PixelRectangle(0, 0, 2304, 768), topology.Bounds);
    }

    [Fact]
    public async Task A_part_of_a_large_root_window_that_no_monitor_shows_is_not_part_of_the_desktop()
    {
        await using var server = await XServer.StartXorgAsync();
        await server.XrandrAsync("--fb", "2000x1500", "--output", "DUMMY0", "--mode", "800x600");

        Assert.Equal(new PixelRectangle(0, 0, 800, 600), (await AskAsync(server.Session())).Bounds);
    }

    [Fact]
    public async Task With_every_monitor_off_the_desktop_is_the_root_window()
    {
        await using var server = await XServer.StartXorgAsync();
        await server.XrandrAsync("--output", "DUMMY0", "--off", "--fb", "1280x720");

        var topology = await AskAsync(server.Session());

        Assert.Empty(topology.Monitors);
        Assert.Equal(new PixelRectangle(0, 0, 1280, 720), topology.Bounds);
    }

    [Fact]
    public async Task An_older_RandR_gives_the_same_answer()
    {
        await using var server = await XServer.StartXorgAsync();
        await server.XrandrAsync("--addmode", "DUMMY1", "1024x768");
        await server.XrandrAsync("--output", "DUMMY1", "--mode", "1024x768", "--right-of", "DUMMY0");
        using var connection = X11Connection.Open(
            DisplayTarget.Of(server.Session().Environment), TimeProvider.System, CancellationToken.None);

        var older = new TopologyReader(connection, new Version(1, 4));
        var newer = new TopologyReader(connection, TopologyReader.Monitors);

        Assert.Equal(new Version(1, 4), older.Version);
        Assert.Equal(new Version(1, 5), newer.Version);
        Assert.Equal(newer.Read(), older.Read());
        Assert.Equal(2, older.Read().Monitors.Count);
    }

    [Fact]
    public async Task A_server_without_RandR_has_one_monitor_the_root_window()
    {
        await using var server = await XServer.StartXvfbAsync("-extension", "RANDR");

        var topology = await AskAsync(server.Session());

        Assert.Equal([new DisplayMonitor("screen", new PixelRectangle(0, 0, 1280, 720), 1.0, true)], topology.Monitors);
    }

    [Fact]
    public async Task The_screen_that_DISPLAY_names_is_the_one_that_is_told()
    {
        // Xvfb has RandR on its first screen only when there are several.
        await using var server = await XServer.StartXvfbAsync("-screen", "1", "800x600x24");

        var topology = await AskAsync(XServer.SessionOn(server.Display + ".1"));

        Assert.Equal(new PixelRectangle(0, 0, 800, 600), topology.Bounds);
    }

    [Fact]
    public async Task Thousands_of_questions_leave_nothing_behind()
    {
        await using var server = await XServer.StartXvfbAsync();
        var target = DisplayTarget.Of(server.Session().Environment);
        using var connection = X11Connection.Open(target, TimeProvider.System, CancellationToken.None);
        var reader = new TopologyReader(connection, TopologyReader.Monitors);
        var growth = new List<long>();
        for (var batch = 0; batch < 4; batch++)
        {
            var before = NativeHeap.BytesInUse();
            for (var i = 0; i < 40_000; i++)
            {
                reader.Read();
            }

            growth.Add(NativeHeap.BytesInUse() - before);
        }

        // A reply that was not freed would be 48 bytes a question, in every batch; the runtime, too, takes some now and then.
        Assert.InRange(growth.Min(), long.MinValue, 1_000_000);
    }

    [Fact]
    public async Task Hundreds_of_connections_leave_no_descriptor_behind()
    {
        await using var server = await XServer.StartXvfbAsync();
        await using var monitor = new X11DisplayMonitor(server.Session(), TimeProvider.System);

        // More than the 256 clients that the server admits at a time.
        for (var i = 0; i < 400; i++)
        {
            await monitor.GetTopologyAsync(CancellationToken.None);
        }

        var own = Directory.EnumerateFiles("/proc/self/fd")
            .Count(fd => new FileInfo(fd).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);
        Assert.InRange(own, 0, 100);
    }

    private static async Task<DisplayTopology> AskAsync(UserSession session)
    {
        await using var monitor = new X11DisplayMonitor(session, TimeProvider.System);
        return await monitor.GetTopologyAsync(CancellationToken.None);
    }
}
