using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class ActivityTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_time_since_the_last_input_grows_and_begins_anew_with_input()
    {
        await using var server = await XServer.StartXvfbAsync();
        using var activity = new X11Activity(server.Session(), TimeProvider.System);

        var before = await activity.GetIdleTimeAsync(Cancellation);
        await Task.Delay(1500, Cancellation);
        var idle = await activity.GetIdleTimeAsync(Cancellation);
        await server.RunAsync("xdotool", "mousemove", "40", "40");
        var after = await activity.GetIdleTimeAsync(Cancellation);

        Assert.InRange(idle - before, TimeSpan.FromSeconds(1.2), TimeSpan.FromSeconds(30));
        Assert.True(after < idle, $"after input {after}, before it {idle}");
    }

    [Fact]
    public async Task A_server_that_comes_back_is_asked_again()
    {
        var display = XServer.Unused();
        var server = await XServer.StartXvfbAtAsync(display);
        using var activity = new X11Activity(server.Session(), TimeProvider.System);
        await activity.GetIdleTimeAsync(Cancellation);
        await server.DisposeAsync();
        var gone = await Assert.ThrowsAsync<DisplayException>(() => activity.GetIdleTimeAsync(Cancellation));
        Assert.True(gone.IsTransient);

        await using var again = await XServer.StartXvfbAtAsync(display);
        Assert.True(await activity.GetIdleTimeAsync(Cancellation) >= TimeSpan.Zero);
    }

    [Fact]
    public async Task A_server_without_the_extension_says_so_for_good()
    {
        await using var server = await XServer.StartXvfbAsync("-extension", "MIT-SCREEN-SAVER");
        using var activity = new X11Activity(server.Session(), TimeProvider.System);
        var e = await Assert.ThrowsAsync<DisplayException>(() => activity.GetIdleTimeAsync(Cancellation));
        Assert.False(e.IsTransient);
        Assert.Contains("MIT-SCREEN-SAVER", e.Remedy, StringComparison.Ordinal);
    }
}
