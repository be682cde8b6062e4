namespace SessionRecorder;

/// <summary>A part of the virtual desktop that is captured into files of its own.</summary>
/// <param name="Monitor">
/// The name of the monitor that it shows (<see cref="DisplayMonitor.Name"/>); null where it is the whole desktop.
/// </param>
/// <param name="Bounds">Its place, in physical pixels. Never empty.</param>
/// <param name="FilePrefix">
/// What the names of its files begin with; letters, digits and hyphens, and no region's is the beginning of another's.
/// Files are named <c>{FilePrefix}-{number}.{extension}</c> with the number ascending from 0 and zero-padded to six
/// digits, so that after a crash the host can put them in order by name.
/// </param>
public sealed record CaptureRegion(string? Monitor, PixelRectangle Bounds, string FilePrefix);
