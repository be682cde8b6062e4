namespace SessionRecorder.Plugins;

/// <summary>Shows the session's user a text in a window of its own. Thread-safe.</summary>
/// <remarks>
/// Not through the desktop's notification service: that is the user's own program on the user's own bus, which a bare X
/// session does not have, and root has no business there.
/// </remarks>
internal sealed class X11Notice(UserSession session, TimeProvider time) : IUserNotice, IDisposable
{
    private const string How = "window";

    /// <summary>A window manager puts a window onto the screen within this time, or does not want it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _disposal = new();

    public Task<string> ShowAsync(UserNotice notice, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(notice);
        ObjectDisposedException.ThrowIf(_disposal.IsCancellationRequested, this);
        var target = DisplayTarget.Of(session.Environment, session.User);
        var shown = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = _disposal.Token;
        new Thread(() => Run(target, notice, shown, ended)) { IsBackground = true, Name = $"X11 notice {target.Address.Text}" }.Start();
        return shown.Task.WaitAsync(cancellationToken);
    }

    // The source is left to the collector: the thread may still look at it.
    public void Dispose() => _disposal.Cancel();

    private void Run(DisplayTarget target, UserNotice notice, TaskCompletionSource<string> shown, CancellationToken ended)
    {
        try
        {
            using var connection = X11Connection.Open(target, time, ended);
            var topology = new TopologyReader(connection, TopologyReader.Monitors).Read();
            var monitor = topology.Monitors.Count > 0 ? topology.Monitors[0].Bounds : topology.Bounds;
            var window = connection.Ask(() => new NoticeWindow(connection, notice, monitor));
            for (var asked = time.GetTimestamp(); !window.IsClosed && time.GetElapsedTime(asked) < notice.Timeout;)
            {
                connection.WaitForEvents(Turn, window.Handle);
                if (window.IsShown)
                {
                    shown.TrySetResult(How);
                }
                else if (time.GetElapsedTime(asked) > Patience)
                {
                    break;
                }
            }

            shown.TrySetException(new DisplayException(
                $"the notice was not put onto display '{connection.DisplayName}' within {Patience.TotalSeconds:0} s",
                FailureScope.Session,
                isTransient: true,
                "See whether the session's window manager hangs."));
        }
        catch (Exception e)
        {
            // Before it is shown the caller hears of it; afterwards a display that goes away takes the window with it.
            shown.TrySetException(e);
        }
    }
}
