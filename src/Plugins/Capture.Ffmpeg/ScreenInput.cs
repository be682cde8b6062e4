using System.Globalization;

namespace SessionRecorder.Plugins;

/// <summary>The ways in which ffmpeg reads a screen, and its arguments for each.</summary>
internal static class ScreenInput
{
    public const string X11 = "x11grab";
    public const string Gdi = "gdigrab";
    public const string Duplication = "ddagrab";
    public const string Graphics = "gfxcapture";

    /// <summary>
    /// x11grab waits for one frame interval before its first frame (libavdevice/xcbgrab.c, wait_frame). Grabbing three
    /// times as often and dropping two of three makes that wait a third, which is what a display change costs; the
    /// dropped frames are never converted or encoded.
    /// </summary>
    public const int GrabsPerFrame = 3;

    /// <summary>Whether a source is a filter (read through lavfi, one output a monitor) and not a device.</summary>
    public static bool IsFilter(string source) => source is Duplication or Graphics;

    /// <summary>How often the screen is read, times a second.</summary>
    public static double GrabRate(double frameRate, string source) =>
        source == X11 ? Math.Min(frameRate * GrabsPerFrame, Math.Max(frameRate, 30)) : frameRate;

    /// <summary>ffmpeg's name of the input: the display, the desktop, or the graph of filters.</summary>
    /// <param name="request">What to capture.</param>
    /// <param name="source">How.</param>
    /// <param name="monitorHandles">For <see cref="Graphics"/>: Windows' handle of each region's monitor.</param>
    public static string Name(CaptureRequest request, string source, IReadOnlyList<nint> monitorHandles) => source switch
    {
        Gdi => "desktop",
        X11 => Invariant($"{Display(request.Session)}+{request.Bounds.X},{request.Bounds.Y}"),
        _ => string.Join(';', request.Regions.Select((_, index) =>
            $"{Filter(request, source, index, monitorHandles)},hwdownload,format=bgra,settb=AVTB[out{index}]")),
    };

    /// <summary>The device's options, besides its name.</summary>
    public static IEnumerable<string> DeviceOptions(CaptureRequest request, string source)
    {
        var bounds = request.Bounds;
        yield return Invariant($"-framerate {GrabRate(request.FrameRate, source)}");
        yield return $"-draw_mouse {(request.Cursor ? 1 : 0)}";
        yield return Invariant($"-video_size {bounds.Width}x{bounds.Height}");
        if (source == Gdi)
        {
            // Never without: the bare desktop is the wrong part of it where a monitor has negative coordinates.
            yield return Invariant($"-offset_x {bounds.X} -offset_y {bounds.Y}");
        }
    }

    private static string Filter(CaptureRequest request, string source, int index, IReadOnlyList<nint> monitorHandles)
    {
        var cursor = request.Cursor ? 1 : 0;
        return source == Duplication
            ? Invariant($"ddagrab=output_idx={index}:framerate={request.FrameRate}:draw_mouse={cursor}")

            // Without dup_frames it gives no frame while nothing changes, which nobody could tell from one that hangs.
            : Invariant($"gfxcapture=hmonitor={monitorHandles[index]}:max_framerate={request.FrameRate}:capture_cursor={cursor}:dup_frames=1");
    }

    /// <summary>The X display of a session.</summary>
    public static string Display(UserSession session) => session.Environment.GetValueOrDefault("DISPLAY") ?? session.SystemSession;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
