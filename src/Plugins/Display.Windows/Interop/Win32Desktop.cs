using System.Runtime.InteropServices;

namespace SessionRecorder.Plugins.Interop;

/// <summary>The desktop through user32. Thread-safe.</summary>
internal sealed unsafe class Win32Desktop : IDesktop
{
    /// <summary>Makes the process aware of each monitor's scale: else Windows tells it sizes that are not pixels.</summary>
    /// <remarks>Refused where a manifest has said so already; each thread that asks says it for itself besides.</remarks>
    public Win32Desktop() => User32.SetProcessDpiAwarenessContext(User32.PerMonitorAwareV2);

    public IReadOnlyList<ActiveMonitor> ReadMonitors()
    {
        var before = User32.SetThreadDpiAwarenessContext(User32.PerMonitorAwareV2);
        var monitors = new List<ActiveMonitor>();
        var collected = GCHandle.Alloc(monitors);
        try
        {
            return User32.EnumDisplayMonitors(0, 0, &Collect, GCHandle.ToIntPtr(collected))
                ? monitors
                : throw Refused("its monitors cannot be enumerated");
        }
        finally
        {
            collected.Free();
            if (before != 0)
            {
                User32.SetThreadDpiAwarenessContext(before);
            }
        }
    }

    public IDesktopListener Listen() => new ChangeWindow();

    /// <summary>What Windows refuses at a desktop that is locked or changing, it may grant a moment later.</summary>
    internal static DisplayException Refused(string what)
    {
        var reason = Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()).TrimEnd();
        return new DisplayException(
            $"the desktop of this session cannot be seen: {what} ({reason})",
            FailureScope.Session,
            isTransient: true,
            "run the agent in the user's session, on winsta0\\default");
    }

    // No exception may leave it, and nothing in it throws but for want of memory.
    [UnmanagedCallersOnly]
    private static int Collect(nint monitor, nint deviceContext, User32.Rectangle* bounds, nint data)
    {
        const int Continue = 1;
        var info = new User32.MonitorInfo { Size = sizeof(User32.MonitorInfo) };
        if (User32.GetMonitorInfo(monitor, &info))
        {
            var place = info.Monitor;
            var name = new ReadOnlySpan<char>(info.Device, User32.MonitorInfo.DeviceLength);
            ((List<ActiveMonitor>)GCHandle.FromIntPtr(data).Target!).Add(new ActiveMonitor(
                name[..Math.Max(0, name.IndexOf('\0'))].ToString(),
                new PixelRectangle(place.Left, place.Top, place.Right - place.Left, place.Bottom - place.Top),
                DpiOf(monitor),
                (info.Flags & User32.PrimaryMonitor) != 0));
        }

        // One that went away meanwhile: the next look shows what is left.
        return Continue;
    }

    private static int DpiOf(nint monitor) =>
        User32.GetDpiForMonitor(monitor, User32.EffectiveDpi, out var x, out _) == 0 ? (int)x : 0;
}
