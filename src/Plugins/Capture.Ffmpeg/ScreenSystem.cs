using System.Runtime.InteropServices;

namespace SessionRecorder.Plugins;

/// <summary>What of the system decides how the screen can be read.</summary>
/// <param name="IsWindows">Whether this is Windows.</param>
/// <param name="MonitorAt">Windows' handle of the monitor that a rectangle's middle is on; 0 where there is none.</param>
internal sealed record ScreenSystem(bool IsWindows, Func<PixelRectangle, nint> MonitorAt)
{
    /// <summary>This system.</summary>
    public static ScreenSystem Current { get; } = new(
        OperatingSystem.IsWindows(), OperatingSystem.IsWindows() ? MonitorHandle.At : _ => 0);

    /// <summary>The source that every ffmpeg has and every screen.</summary>
    public string Plain => IsWindows ? ScreenInput.Gdi : ScreenInput.X11;

    /// <summary>What may be better than <see cref="Plain"/>, best first.</summary>
    /// <exception cref="CaptureException">The configured source is another system's.</exception>
    public IReadOnlyList<string> Better(string configured)
    {
        IReadOnlyList<string> all = IsWindows ? [ScreenInput.Duplication, ScreenInput.Graphics] : [];
        return configured == "auto" ? all
            : configured == Plain ? []
            : all.Contains(configured) ? [configured]
            : throw new CaptureException(
                $"Capture:Options:Source is '{configured}', which reads no screen of this system",
                CaptureEnd.Failed,
                FailureScope.Host,
                isTransient: false,
                $"set it to 'auto', or to one of {string.Join(", ", [Plain, .. all])}");
    }
}

/// <summary>Windows' handles of monitors, which are the same in every process of a session.</summary>
internal static partial class MonitorHandle
{
    private const uint NoneIsNull = 0;

    public static nint At(PixelRectangle bounds) =>
        MonitorFromPoint(new Point(bounds.X + (bounds.Width / 2), bounds.Y + (bounds.Height / 2)), NoneIsNull);

    [LibraryImport("user32.dll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint MonitorFromPoint(Point point, uint flags);

    private readonly record struct Point(int X, int Y);
}
