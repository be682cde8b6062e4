using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class FfmpegOutputTests
{
    private readonly FfmpegOutput _output = new();

    [Fact]
    public void The_first_frames_time_is_taken_from_the_description_of_the_input()
    {
        _output.ReadErrorLine("Input #0, x11grab, from ':91+0,0':");
        _output.ReadErrorLine("  Duration: N/A, start: 1795421405.299885, bitrate: 147456 kb/s");

        Assert.Equal(new DateTimeOffset(2026, 11, 23, 8, 10, 5, 299, TimeSpan.Zero).AddTicks(8850), _output.FirstFrameAt);
    }

    [Fact]
    public void Frames_are_counted_from_the_progress_report()
    {
        Assert.Null(_output.ReadOutputLine("frame=12"));
        Assert.Null(_output.ReadOutputLine("fps=5.00"));
        Assert.Null(_output.ReadOutputLine("progress=continue"));

        Assert.Equal(12, _output.Frames);
    }

    [Fact]
    public void A_line_of_the_segment_list_tells_the_file_and_its_first_frame()
    {
        var listed = _output.ReadOutputLine("c0001-000002.mp4,20.004000,30.003000");

        Assert.Equal(new ListedSegment("c0001-000002.mp4", TimeSpan.FromSeconds(20.004)), listed);
    }

    [Theory]
    [InlineData("av_interleaved_write_frame(): No space left on device", CaptureEnd.DiskFull)]
    [InlineData("[x11grab @ 0x55] Cannot open display :77, error 1.", CaptureEnd.DisplayLost)]
    [InlineData("[x11grab @ 0x55] Cannot get the image data event_error: response_type:0 error_code:8", CaptureEnd.DisplayLost)]
    [InlineData("Unrecognized option 'fps_mode'.", CaptureEnd.Failed)]
    public void What_ffmpeg_says_last_tells_why_it_failed(string line, CaptureEnd expected)
    {
        _output.ReadErrorLine(line);
        _output.ReadErrorLine("frame I:1     Avg QP: 6.02  size:   529");

        Assert.Equal(expected, _output.Failure);
        Assert.Equal(line, _output.LastError);
    }

    [Fact]
    public void The_version_is_read_from_the_banner()
    {
        _output.ReadErrorLine("ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026 the FFmpeg developers");

        Assert.Equal("ffmpeg 5.1.9-0+deb12u1", _output.Version);
    }
}
