namespace SessionRecorder.Plugins.Interop;

/// <summary>A hidden window that is sent what every top-level window is: WM_DISPLAYCHANGE, WM_DPICHANGED.</summary>
/// <remarks>
/// Not a message-only window: broadcasts do not reach those. What a message says is not looked at, for its arrival alone
/// makes the caller look at the desktop; so a class of the system does, and no window procedure of ours is needed.
/// </remarks>
internal sealed unsafe class ChangeWindow : IDesktopListener
{
    private readonly nint _window;

    public ChangeWindow()
    {
        User32.SetThreadDpiAwarenessContext(User32.PerMonitorAwareV2);
        _window = User32.CreateWindowEx(
            0, "STATIC", "Session Recorder display watch", User32.Popup, 0, 0, 1, 1, 0, 0, 0, 0);
        if (_window == 0)
        {
            throw Win32Desktop.Refused("no window can be made on it");
        }
    }

    public void Wait(TimeSpan atMost, CancellationToken cancellationToken)
    {
        var cancelled = cancellationToken.WaitHandle.SafeWaitHandle.DangerousGetHandle();
        var ended = User32.MsgWaitForMultipleObjectsEx(
            1, &cancelled, (uint)atMost.TotalMilliseconds, User32.AllInput, User32.InputAvailable);
        if (ended == User32.WaitFailed)
        {
            throw Win32Desktop.Refused("its messages cannot be waited for");
        }

        // Messages that are sent are handled within; those that are posted would wake the next wait at once.
        User32.Message message;
        while (User32.PeekMessage(&message, 0, 0, 0, User32.RemoveMessage))
        {
            User32.DispatchMessage(&message);
        }
    }

    public void Dispose() => User32.DestroyWindow(_window);
}
