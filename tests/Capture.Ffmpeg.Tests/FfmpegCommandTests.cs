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

    private static IReadOnlyList<string> Build(
        PixelRectangle? region = null,
        bool cursor = true,
        double frameRate = 5,
        TimeSpan? segment = null,
        FpsOption fpsOption = FpsOption.FpsMode,
        string source = "x11grab") =>
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
                Region = region ?? new PixelRectangle(0, 0, 1280, 720),
                FrameRate = frameRate,
                Cursor = cursor,
                SegmentDuration = segment ?? TimeSpan.FromSeconds(60),
                OutputDirectory = "/spool/open",
                FilePrefix = "c0001",
            },
            new FfmpegOptions(),
            fpsOption,
            source);

    private static string ValueOf(IReadOnlyList<string> arguments, string option) =>
        arguments[arguments.ToList().IndexOf(option) + 1];
}
