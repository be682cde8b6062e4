using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class WatchTests : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly FakeDesktop _desktop = new();
    private readonly WindowsDisplayMonitor _monitor;
    private readonly CancellationTokenSource _end = new();

    public WatchTests() => _monitor = new WindowsDisplayMonitor(_desktop, TimeProvider.System);

    [Fact]
    public async Task The_first_item_is_the_desktop_as_it_is_and_a_change_follows()
    {
        await using var watch = Watch();

        Assert.Equal(new PixelRectangle(0, 0, 1920, 1080), (await NextAsync(watch)).Bounds);
        _desktop.Monitors = [FakeDesktop.Main, FakeDesktop.Left];
        _desktop.SendMessage();
        Assert.Equal(new PixelRectangle(-1280, -200, 3200, 1280), (await NextAsync(watch)).Bounds);
    }

    [Fact]
    public async Task A_change_without_a_message_is_seen_too()
    {
        await using var watch = Watch();
        await NextAsync(watch);

        _desktop.Monitors = [FakeDesktop.Main with { Dpi = 192 }];

        Assert.Equal(2.0, (await NextAsync(watch)).Monitors.Single().Scale);
    }

    [Fact]
    public async Task A_change_tells_when_the_desktop_was_last_seen_to_be_otherwise()
    {
        await using var watch = Watch();
        var begun = DateTimeOffset.UtcNow;
        Assert.Null((await NextAsync(watch)).ChangedAfter);
        await Task.Delay(TimeSpan.FromMilliseconds(600));

        var changed = DateTimeOffset.UtcNow;
        _desktop.Monitors = [FakeDesktop.Left];

        var after = (await NextAsync(watch)).ChangedAfter;
        Assert.InRange(after!.Value, begun, changed);
    }

    [Fact]
    public async Task A_message_without_a_change_is_not_told()
    {
        await using var watch = Watch();
        await NextAsync(watch);

        _desktop.SendMessage();
        var next = watch.MoveNextAsync().AsTask();
        await Task.Delay(TimeSpan.FromMilliseconds(600));
        Assert.False(next.IsCompleted);
        _desktop.Monitors = [FakeDesktop.Left];
        await next.WaitAsync(_patience);

        Assert.Equal(FakeDesktop.Left.Bounds, watch.Current.Bounds);
    }

    [Fact]
    public async Task A_desktop_that_cannot_be_read_any_more_ends_the_watch_with_the_reason()
    {
        await using var watch = Watch();
        await NextAsync(watch);

        _desktop.Failure = new DisplayException("locked", FailureScope.Session, isTransient: true);

        var failure = await Assert.ThrowsAsync<DisplayException>(() => NextAsync(watch));
        Assert.Equal("locked", failure.Message);
        Assert.Equal(0, _desktop.Listeners);
    }

    [Fact]
    public async Task Cancelling_ends_the_watch_and_lets_go_of_the_desktop()
    {
        await using var watch = Watch();
        await NextAsync(watch);

        await _end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => NextAsync(watch));
        Assert.Equal(0, _desktop.Listeners);
    }

    [Fact]
    public async Task Disposing_ends_every_watch()
    {
        await using var watch = Watch();
        await NextAsync(watch);

        await _monitor.DisposeAsync();

        Assert.Equal(0, _desktop.Listeners);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => NextAsync(watch));
    }

    public async ValueTask DisposeAsync()
    {
        await _monitor.DisposeAsync();
        _end.Dispose();
    }

    private IAsyncEnumerator<DisplayTopology> Watch() => _monitor.WatchAsync(_end.Token).GetAsyncEnumerator();

    private static async Task<DisplayTopology> NextAsync(IAsyncEnumerator<DisplayTopology> watch)
    {
        Assert.True(await watch.MoveNextAsync().AsTask().WaitAsync(_patience));
        return watch.Current;
    }
}
