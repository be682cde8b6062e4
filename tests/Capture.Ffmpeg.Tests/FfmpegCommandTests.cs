using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class FfmpegCommandTests
{
    [Fact]
    public void The_region_is_given_explicitly_with_its_offset()
    {
        var arguments = Build(new PixelRectangle(1280, 100, 1024, 768));

        Assert.Equal("1024x768", ValueOf(arguments, "-video_size"));
        Assert.Equal(":7+1280,100", ValueOf(arguments, "-i"));
    }

    [Theory]
    [InlineData(true, "1")]
    [InlineData(false, "0")]
    public void The_pointer_is_drawn_as_asked(bool cursor, string expected)
    {
        Assert.Equal(expected, ValueOf(Build(cursor: cursor), "-draw_mouse"));
    }

    [Fact]
    public void Key_frames_and_segments_share_one_length()
    {
        var arguments = Build(segment: TimeSpan.FromSeconds(7.5));

        Assert.Equal("7.5", ValueOf(arguments, "-segment_time"));
        Assert.Equal("expr:gte(t,n_forced*7.5)", ValueOf(arguments, "-force_key_frames"));
    }

    [Fact]
    public void Nothing_is_held_back_in_the_encoder()
    {
        var arguments = Build();

        Assert.Equal("0", ValueOf(arguments, "-bf"));
        Assert.Equal("1", ValueOf(arguments, "-threads"));
        Assert.Contains("rc-lookahead=0", ValueOf(arguments, "-x264-params"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_grab_rate_above_the_frame_rate_is_thinned_out_to_it()
    {
        var arguments = Build(frameRate: 5);

        Assert.Equal("15", ValueOf(arguments, "-framerate"));
        Assert.Contains("select='isnan(prev_selected_t)+gte(t-prev_selected_t\\,0.1667)'", ValueOf(arguments, "-vf"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_high_frame_rate_is_grabbed_as_it_is()
    {
        var arguments = Build(frameRate: 60);

        Assert.Equal("60", ValueOf(arguments, "-framerate"));
        Assert.DoesNotContain("select", ValueOf(arguments, "-vf"), StringComparison.Ordinal);
    }

    [Fact]
    public void On_Windows_the_part_of_the_desktop_is_given_by_offsets_that_may_be_negative()
    {
        var arguments = Build(new PixelRectangle(-1280, -200, 3200, 1280), source: "gdigrab");

        Assert.Equal("gdigrab", ValueOf(arguments, "-f"));
        Assert.Equal("-1280", ValueOf(arguments, "-offset_x"));
        Assert.Equal("-200", ValueOf(arguments, "-offset_y"));
        Assert.Equal("3200x1280", ValueOf(arguments, "-video_size"));
        Assert.Equal("desktop", ValueOf(arguments, "-i"));
    }

    [Theory]
    [InlineData("x11grab")]
    [InlineData("gdigrab")]
    public void An_odd_size_is_grabbed_whole_and_padded(string source)
    {
        var arguments = Build(new PixelRectangle(0, 0, 1367, 769), source: source);

        Assert.Equal("1367x769", ValueOf(arguments, "-video_size"));
        Assert.EndsWith("pad='ceil(iw/2)*2':'ceil(ih/2)*2'", ValueOf(arguments, "-vf"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_ffmpeg_that_has_no_fps_mode_gets_vsync()
    {
        var arguments = Build(fpsOption: FpsOption.Vsync);

        Assert.Equal("passthrough", ValueOf(arguments, "-vsync"));
        Assert.DoesNotContain("-fps_mode", arguments);
    }

    private static readonly CaptureRegion[] TwoMonitors =
    [
        new("left", new PixelRectangle(-1023, -40, 1023, 769), "c0001-m0"), new("right", new PixelRectangle(0, 0, 1280, 720), "c0001-m1"),
    ];

    [Theory]
    [InlineData("x11grab")]
    [InlineData("gdigrab")]
    public void Several_monitors_are_cut_out_of_one_picture_that_holds_all_of_them(string source)
    {
        var arguments = Build(source: source, regions: TwoMonitors);

        Assert.Equal("2303x769", ValueOf(arguments, "-video_size"));
        var graph = ValueOf(arguments, "-filter_complex");
        Assert.Contains("split=2[s0][s1]", graph, StringComparison.Ordinal);
        Assert.Contains("[s0]crop=1023:769:0:0,pad=", graph, StringComparison.Ordinal);
        Assert.Contains("[s1]crop=1280:720:1023:40,pad=", graph, StringComparison.Ordinal);
        Assert.Equal(["[v0]", "[v1]"], ValuesOf(arguments, "-map"));
        Assert.Equal(["c0001-m0-%06d.mp4", "c0001-m1-%06d.mp4"], arguments.Where(a => a.EndsWith("-%06d.mp4", StringComparison.Ordinal)));
        Assert.Single(arguments, "-i");
        Assert.Single(arguments, "-filter_complex");
        Assert.Equal(2, arguments.Count(argument => argument == "-segment_list"));
    }

    [Fact]
    public void Desktop_duplication_is_read_through_a_graph_whose_times_are_exact()
    {
        var arguments = Build(source: "ddagrab", cursor: false, frameRate: 7.5);

        Assert.Equal("lavfi", ValueOf(arguments, "-f"));
        Assert.Equal("ddagrab=output_idx=0:framerate=7.5:draw_mouse=0,hwdownload,format=bgra,settb=AVTB[out0]", ValueOf(arguments, "-i"));
        Assert.Equal("1", ValueOf(arguments, "-use_wallclock_as_timestamps"));
        Assert.DoesNotContain("select", ValueOf(arguments, "-vf"), StringComparison.Ordinal);
        Assert.DoesNotContain("-video_size", arguments);
    }

    [Fact]
    public void Graphics_capture_reads_each_monitor_by_its_handle_within_one_input()
    {
        var arguments = Build(source: "gfxcapture", regions: TwoMonitors, handles: [65537, 65539]);

        var graph = ValueOf(arguments, "-i").Split(';');
        Assert.StartsWith("gfxcapture=hmonitor=65537:max_framerate=5:capture_cursor=1:dup_frames=1,", graph[0], StringComparison.Ordinal);
        Assert.EndsWith("[out0]", graph[0], StringComparison.Ordinal);
        Assert.StartsWith("gfxcapture=hmonitor=65539:", graph[1], StringComparison.Ordinal);
        Assert.Equal(["0:v:0", "0:v:1"], ValuesOf(arguments, "-map"));
        Assert.DoesNotContain("-filter_complex", arguments);
    }

    private static IEnumerable<string> ValuesOf(IReadOnlyList<string> arguments, string option) =>
        arguments.Zip(arguments.Skip(1)).Where(pair => pair.First == option).Select(pair => pair.Second);

    private static IReadOnlyList<string> Build(
        PixelRectangle? region = null,
        bool cursor = true,
        double frameRate = 5,
        TimeSpan? segment = null,
        FpsOption fpsOption = FpsOption.FpsMode,
        string source = "x11grab",
        IReadOnlyList<CaptureRegion>? regions = null,
        IReadOnlyList<nint>? handles = null) =>
        FfmpegCommand.Build(
            new CaptureRequest
            {
                Session = new UserSession
                {
                    Id = "s",
                    User = "u",
                    Host = "h",
                    SystemSession = ":7",
                    Environment = new Dictionary<string, string> { ["DISPLAY"] = ":7" },
                },
                Regions = regions ?? [new CaptureRegion(null, region ?? new PixelRectangle(0, 0, 1280, 720), "c0001")],
                FrameRate = frameRate,
                Cursor = cursor,
                SegmentDuration = segment ?? TimeSpan.FromSeconds(60),
                OutputDirectory = "/spool/open",
            },
            new FfmpegOptions(),
            fpsOption,
            source,
            handles ?? []);

    private static string ValueOf(IReadOnlyList<string> arguments, string option) =>
        arguments[arguments.ToList().IndexOf(option) + 1];
}
