using SessionRecorder.Plugins;
using SessionRecorder.Plugins.Interop;

namespace SessionRecorder.Tests;

/// <summary>The real desktop.</summary>
public sealed class DesktopTests
{
    [Fact]
    public void The_monitors_are_there_with_one_that_is_primary()
    {
        var monitors = new Win32Desktop().ReadMonitors();

        var primary = Assert.Single(monitors, monitor => monitor.IsPrimary);
        Assert.Equal((0, 0), (primary.Bounds.X, primary.Bounds.Y));
        Assert.All(monitors, monitor => Assert.True(monitor.Bounds is { Width: > 0, Height: > 0 } && monitor.Dpi > 0, $"{monitor}"));
    }

    [Fact]
    public void The_window_that_listens_lets_go_when_it_is_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        using var listener = new Win32Desktop().Listen();
        cancelled.Cancel();

        // With what is waited for not cancelled, this would take a minute.
        var started = TimeProvider.System.GetTimestamp();
        listener.Wait(TimeSpan.FromMinutes(1), cancelled.Token);

        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30));
    }
}
