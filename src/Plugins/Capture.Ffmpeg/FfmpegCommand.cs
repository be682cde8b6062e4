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
    private const string Placeholder = "screen";

    private static readonly TimeSpan FragmentDuration = TimeSpan.FromMilliseconds(380);

    /// <summary>The arguments, unquoted.</summary>
    /// <param name="request">What to capture. The process must run in its output folder.</param>
    /// <param name="options">Encoder settings.</param>
    /// <param name="fpsOption">What this ffmpeg takes.</param>
    /// <param name="source">How the screen is read, one of <see cref="ScreenInput"/>.</param>
    /// <param name="monitorHandles">What <see cref="ScreenInput.Name"/> needs.</param>
    public static IReadOnlyList<string> Build(
        CaptureRequest request, FfmpegOptions options, FpsOption fpsOption, string source, IReadOnlyList<nint> monitorHandles)
    {
        // The input is named in the arguments: FFMpegCore would quote a graph of filters as a file's name.
        var arguments = FFMpegArguments
            .FromDeviceInput(Placeholder, input => AddInput(input, request, source))
            .OutputToMany(outputs =>
            {
                foreach (var (index, region) in request.Regions.Index())
                {
                    outputs.OutputToFile(
                        $"{region.FilePrefix}-%06d.mp4",
                        addArguments: output => AddOutput(output, request, index, options, fpsOption, source));
                }
            })
            .Arguments;
        var input = ScreenInput.Name(request, source, monitorHandles);
        return
        [
            "-loglevel", "info", "-nostats", "-progress", "pipe:1",
            .. Split(arguments).Select(argument => argument == Placeholder ? input : argument),
        ];
    }

    private static void AddInput(FFMpegInputOptions input, CaptureRequest request, string source)
    {
        input
            .ForceFormat(ScreenInput.IsFilter(source) ? "lavfi" : source)
            .WithCustomArgument("-probesize 32 -analyzeduration 0 -use_wallclock_as_timestamps 1");
        if (!ScreenInput.IsFilter(source))
        {
            foreach (var option in ScreenInput.DeviceOptions(request, source))
            {
                input.WithCustomArgument(option);
            }
        }
    }

    private static void AddOutput(
        FFMpegOutputOptions output, CaptureRequest request, int region, FfmpegOptions options, FpsOption fpsOption, string source)
    {
        var seconds = Invariant($"{request.SegmentDuration.TotalSeconds:0.###}");
        output
            .WithCustomArgument(MapAndFilter(request, region, source))
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

    /// <summary>What an output shows, and how it is made of the input.</summary>
    /// <remarks>
    /// Several regions are cut out of one picture: so their frames are of the same moments, and the screen is read once.
    /// The graph that does it stands with the first output.
    /// </remarks>
    private static string MapAndFilter(CaptureRequest request, int region, string source)
    {
        if (request.Regions.Count == 1 || ScreenInput.IsFilter(source))
        {
            return $"-map 0:v:{region} -vf \"{string.Join(',', [.. Thin(request, source), Pad])}\"";
        }

        return (region == 0 ? $"-filter_complex \"{Graph(request, source)}\" " : "") + $"-map [v{region}]";
    }

    private static string Graph(CaptureRequest request, string source)
    {
        var (bounds, count) = (request.Bounds, request.Regions.Count);
        var parts = string.Concat(Enumerable.Range(0, count).Select(region => $"[s{region}]"));
        var cuts = request.Regions.Select((region, index) => Invariant(
            $"[s{index}]crop={region.Bounds.Width}:{region.Bounds.Height}:{region.Bounds.X - bounds.X}:{region.Bounds.Y - bounds.Y},{Pad}[v{index}]"));
        return string.Join(';', [$"[0:v]{string.Join(',', [.. Thin(request, source), $"split={count}"])}{parts}", .. cuts]);
    }

    /// <summary>4:2:0 needs even sizes, and a display can have any.</summary>
    private const string Pad = "pad='ceil(iw/2)*2':'ceil(ih/2)*2'";

    private static IEnumerable<string> Thin(CaptureRequest request, string source)
    {
        if (ScreenInput.GrabRate(request.FrameRate, source) > request.FrameRate)
        {
            var interval = 1 / request.FrameRate;
            var nearly = interval - (interval / ScreenInput.GrabsPerFrame / 2);
            yield return Invariant($"select='isnan(prev_selected_t)+gte(t-prev_selected_t\\,{nearly:0.####})'");
        }
    }

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
