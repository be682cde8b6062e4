namespace SessionRecorder.Plugins;

/// <summary>The desktop of the session that this process runs in, as Windows tells of it. Thread-safe.</summary>
internal interface IDesktop
{
    /// <summary>The active monitors, in the system's order, in physical pixels; empty while none is active.</summary>
    /// <exception cref="DisplayException">The desktop may not be looked at; transient.</exception>
    IReadOnlyList<ActiveMonitor> ReadMonitors();

    /// <summary>Listens for changes from now on.</summary>
    /// <returns>What hears of them. It belongs to the calling thread, which alone may use and dispose it.</returns>
    /// <exception cref="DisplayException">There is no desktop to listen to; transient.</exception>
    IDesktopListener Listen();
}

/// <summary>Hears of changes of the desktop. For one thread.</summary>
internal interface IDesktopListener : IDisposable
{
    /// <summary>Returns when something may have changed, at the latest after the time given, or when cancelled.</summary>
    void Wait(TimeSpan atMost, CancellationToken cancellationToken);
}

/// <summary>A monitor as Windows tells of it.</summary>
/// <param name="Name">Its device's name: <c>\\.\DISPLAY1</c>.</param>
/// <param name="Bounds">Its place on the virtual desktop, in physical pixels.</param>
/// <param name="Dpi">Its effective resolution; 96 is a scale of 1.</param>
/// <param name="IsPrimary">Whether it is the primary monitor.</param>
internal readonly record struct ActiveMonitor(string Name, PixelRectangle Bounds, int Dpi, bool IsPrimary);
