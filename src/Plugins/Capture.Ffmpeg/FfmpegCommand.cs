using System.Globalization;
using FFMpegCore;

namespace SessionRecorder.Plugins;

/// <summary>Makes ffmpeg's arguments for a capture.</summary>
/// <remarks>
/// <para>
/// What a kill can lose is what encoder, muxer and page cache hold back. So: no look-ahead, no B-frames, one thread,
/// fragments of two frames, each flushed. The key frame comes with the segment alone, for it is what an idle desktop
/// costs: fragments need not begin with one.
/// </para>
/// <para>
/// Frames keep the time at which they were taken (wall clock, milliseconds; <c>-enc_time_base</c>, else they are moved to
/// the frame rate's grid), and ffmpeg tells the first one's as <c>start:</c> when it describes its input.
/// </para>
/// </remarks>
internal static class FfmpegCommand
{
    /// <summary>
    /// x11grab waits for one frame interval before its first frame (libavdevice/xcbgrab.c, wait_frame). Grabbing three
    /// times as often and dropping two of three makes that wait a third, which is what a display change costs; the
    /// dropped frames are never converted or encoded.
    /// </summary>
    private const int GrabsPerFrame = 3;

    private static readonly TimeSpan FragmentDuration = TimeSpan.FromMilliseconds(380);

    private const string Gdi = "gdigrab";

    /// <summary>The name of the device that reads the screen on this system.</summary>
    public static string Source => OperatingSystem.IsWindows() ? Gdi : "x11grab";

    /// <summary>The arguments, unquoted.</summary>
    /// <param name="request">What to capture. The process must run in its output folder.</param>
    /// <param name="options">Encoder settings.</param>
    /// <param name="fpsOption">What this ffmpeg takes.</param>
    /// <param name="source">The device that reads the screen: <c>x11grab</c> or <c>gdigrab</c>.</param>
    public static IReadOnlyList<string> Build(
        CaptureRequest request, FfmpegOptions options, FpsOption fpsOption, string source)
    {
        var arguments = FFMpegArguments
            .FromDeviceInput(Device(request, source), input => AddInput(input, request, source))
            .OutputToFile($"{request.FilePrefix}-%06d.mp4", output => AddOutput(output, request, options, fpsOption, source))
            .Arguments;
        return Split($"-loglevel info -nostats -progress pipe:1 {arguments}");
    }

    private static string Device(CaptureRequest request, string source)
    {
        if (source == Gdi)
        {
            return "desktop";
        }

        var display = request.Session.Environment.GetValueOrDefault("DISPLAY") ?? request.Session.SystemSession;
        return Invariant($"{display}+{request.Region.X},{request.Region.Y}");
    }

    private static void AddInput(FFMpegInputOptions input, CaptureRequest request, string source)
    {
        var region = request.Region;
        input
            .ForceFormat(source)
            .WithCustomArgument("-probesize 32 -analyzeduration 0 -use_wallclock_as_timestamps 1")
            .WithCustomArgument(Invariant($"-framerate {GrabRate(request.FrameRate, source)}"))
            .WithCustomArgument($"-draw_mouse {(request.Cursor ? 1 : 0)}")
            .WithCustomArgument(Invariant($"-video_size {region.Width}x{region.Height}"));
        if (source == Gdi)
        {
            // Never without: the bare desktop is the wrong part of it where a monitor has negative coordinates.
            input.WithCustomArgument(Invariant($"-offset_x {region.X} -offset_y {region.Y}"));
        }
    }

    private static void AddOutput(
        FFMpegOutputOptions output, CaptureRequest request, FfmpegOptions options, FpsOption fpsOption, string source)
    {
        var seconds = Invariant($"{request.SegmentDuration.TotalSeconds:0.###}");
        output
            .WithCustomArgument($"-vf \"{Filters(request, source)}\"")
            .WithCustomArgument($"{(fpsOption == FpsOption.Vsync ? "-vsync" : "-fps_mode")} passthrough")
            .WithCustomArgument("-enc_time_base 1:1000")
            .WithVideoCodec("libx264")
            .WithCustomArgument($"-preset {options.Preset}")
            .WithConstantRateFactor(options.Quality)
            .WithThreads(options.Threads)
            .WithCustomArgument("-bf 0 -x264-params rc-lookahead=0:sync-lookahead=0:mbtree=0:keyint=infinite:scenecut=0")
            .WithCustomArgument("-pix_fmt yuv420p")
            .WithCustomArgument($"-force_key_frames \"expr:gte(t,n_forced*{seconds})\"")
            .ForceFormat("segment")
            .WithCustomArgument($"-segment_time {seconds} -segment_time_delta 0.01 -segment_format mp4 -reset_timestamps 1")
            .WithCustomArgument("-segment_list pipe:1 -segment_list_type csv -flush_packets 1")
            .WithCustomArgument(Invariant(
                $"-segment_format_options movflags=+empty_moov+default_base_moof:frag_duration={FragmentDuration.TotalMicroseconds:0}:flush_packets=1"));
    }

    private static string Filters(CaptureRequest request, string source)
    {
        var filters = new List<string>();
        if (GrabRate(request.FrameRate, source) > request.FrameRate)
        {
            var interval = 1 / request.FrameRate;
            var nearly = interval - (interval / GrabsPerFrame / 2);
            filters.Add(Invariant($"select='isnan(prev_selected_t)+gte(t-prev_selected_t\\,{nearly:0.####})'"));
        }

        // 4:2:0 needs even sizes, and a display can have any.
        filters.Add("pad='ceil(iw/2)*2':'ceil(ih/2)*2'");
        return string.Join(",", filters);
    }

    private static double GrabRate(double frameRate, string source) =>
        source == Gdi ? frameRate : Math.Min(frameRate * GrabsPerFrame, Math.Max(frameRate, 30));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Takes apart what FFMpegCore joined: double quotes group, nothing else is special.</summary>
    private static List<string> Split(string commandLine)
    {
        var arguments = new List<string>();
        var parts = commandLine.Split('"');
        for (var i = 0; i < parts.Length; i++)
        {
            if (i % 2 == 1)
            {
                arguments.Add(parts[i]);
            }
            else
            {
                arguments.AddRange(parts[i].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return arguments;
    }
}
