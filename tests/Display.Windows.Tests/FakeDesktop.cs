using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>A desktop that changes when the test says so. Thread-safe.</summary>
internal sealed class FakeDesktop : IDesktop
{
    public static readonly ActiveMonitor Main = new(@"\\.\DISPLAY1", new PixelRectangle(0, 0, 1920, 1080), 96, IsPrimary: true);
    public static readonly ActiveMonitor Left = new(@"\\.\DISPLAY2", new PixelRectangle(-1280, -200, 1280, 720), 144, IsPrimary: false);

    private TaskCompletionSource _message = new();
    private int _listeners;

    public IReadOnlyList<ActiveMonitor> Monitors { get; set; } = [Main];

    public DisplayException? Failure { get; set; }

    /// <summary>Listeners that are not disposed.</summary>
    public int Listeners => Volatile.Read(ref _listeners);

    public IReadOnlyList<ActiveMonitor> ReadMonitors() => Failure is null ? Monitors : throw Failure;

    public IDesktopListener Listen()
    {
        Interlocked.Increment(ref _listeners);
        return new Listener(this);
    }

    /// <summary>Sends a message to whoever listens.</summary>
    public void SendMessage() => _message.TrySetResult();

    private sealed class Listener(FakeDesktop desktop) : IDesktopListener
    {
        public void Wait(TimeSpan atMost, CancellationToken cancellationToken)
        {
            try
            {
                if (desktop._message.Task.Wait(atMost, cancellationToken))
                {
                    desktop._message = new();
                }
            }
            catch (OperationCanceledException)
            {
                // As the real one returns.
            }
        }

        public void Dispose() => Interlocked.Decrement(ref desktop._listeners);
    }
}
