namespace SessionRecorder.Plugins;

/// <summary>Makes a topology of what Windows tells.</summary>
internal static class DesktopTopology
{
    private const double UnscaledDpi = 96;

    /// <summary>Reads the desktop's topology at this moment.</summary>
    /// <param name="desktop">The desktop.</param>
    /// <param name="changedAfter">See <see cref="DisplayTopology.ChangedAfter"/>.</param>
    /// <exception cref="DisplayException">No monitor is active, or the desktop may not be looked at; transient.</exception>
    public static DisplayTopology Read(IDesktop desktop, DateTimeOffset? changedAfter = null)
    {
        var active = desktop.ReadMonitors().Where(monitor => !monitor.Bounds.IsEmpty).ToList();
        if (active.Count == 0)
        {
            throw new DisplayException(
                "no monitor of this session is active",
                FailureScope.Session,
                isTransient: true,
                "connect to the session, or attach a monitor; a session without one has no picture");
        }

        // Not the system's own bounds of the virtual desktop: they are asked apart, and may be of another moment.
        var bounds = active.Aggregate(default(PixelRectangle), (all, monitor) => all.Union(monitor.Bounds));
        var monitors = active
            .OrderByDescending(monitor => monitor.IsPrimary)
            .ThenBy(monitor => monitor.Name, StringComparer.Ordinal)
            .Select(monitor => new DisplayMonitor(monitor.Name, monitor.Bounds, ScaleOf(monitor.Dpi), monitor.IsPrimary))
            .ToList();
        return new DisplayTopology(monitors, bounds) { ChangedAfter = changedAfter };
    }

    private static double ScaleOf(int dpi) => dpi > 0 ? dpi / UnscaledDpi : 1.0;
}
