using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>Which way of reading the screen is taken on Windows, and what happens when it fails or comes back.</summary>
public sealed class SourceTests : IDisposable
{
    private static readonly PixelRectangle Screen = new(0, 0, 1280, 720);

    private readonly string _folder = Directory.CreateTempSubdirectory("source-").FullName;
    private readonly WindowsFfmpeg _ffmpeg = new();
    private readonly FakeTimeProvider _time = new();
    private readonly FfmpegOptions _options = new();
    private int _captures;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Without_a_better_source_gdigrab_captures_and_each_is_tried_once()
    {
        var source = CreateSource();

        Assert.Equal("gdigrab", (await StartAsync(source)).Description.Source);
        Assert.Equal("gdigrab", (await StartAsync(source)).Description.Source);

        Assert.Equal(["ddagrab", "gfxcapture"], _ffmpeg.Trials);
    }

    [Fact]
    public async Task What_a_trial_proves_captures_from_the_start()
    {
        _ffmpeg.Works["ddagrab"] = "1280x720";
        var source = CreateSource();

        Assert.Equal("ddagrab", (await StartAsync(source)).Description.Source);
        Assert.Equal("ddagrab", (await StartAsync(source)).Description.Source);

        Assert.Equal(["ddagrab"], _ffmpeg.Trials);
    }

    [Fact]
    public async Task A_picture_of_another_size_is_another_monitor_and_is_not_taken()
    {
        _ffmpeg.Works["ddagrab"] = "1920x1080";

        Assert.Equal("gdigrab", (await StartAsync(CreateSource())).Description.Source);
    }

    [Fact]
    public async Task Several_monitors_are_read_by_their_handles_and_never_by_numbers()
    {
        _ffmpeg.Works["ddagrab"] = "1280x720";
        _ffmpeg.Works["gfxcapture"] = "1280x720 1024x768";

        var capture = await StartAsync(CreateSource(), Screen, new PixelRectangle(-1024, 0, 1024, 768));

        Assert.Equal("gfxcapture", capture.Description.Source);
        Assert.Equal(["gfxcapture"], _ffmpeg.Trials);
    }

    [Theory]
    [InlineData("gdigrab", "gdigrab")]
    [InlineData("gfxcapture", "gfxcapture")]
    public async Task A_source_that_is_configured_is_taken_alone(string configured, string expected)
    {
        _ffmpeg.Works["ddagrab"] = _ffmpeg.Works["gfxcapture"] = "1280x720";
        _options.Source = configured;

        Assert.Equal(expected, (await StartAsync(CreateSource())).Description.Source);
        Assert.DoesNotContain("ddagrab", _ffmpeg.Trials);
    }

    [Fact]
    public async Task A_source_of_another_system_is_refused_with_what_there_is()
    {
        _options.Source = "x11grab";

        var failure = await Assert.ThrowsAsync<CaptureException>(() => StartAsync(CreateSource()));

        Assert.False(failure.IsTransient);
        Assert.Contains("gdigrab, ddagrab, gfxcapture", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_fails_in_the_middle_is_followed_by_gdigrab_at_once()
    {
        _ffmpeg.Works["ddagrab"] = "1280x720";
        var source = CreateSource();
        var first = await StartAsync(source);

        _ffmpeg.Last.End(0);
        await first.Completion.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("gdigrab", (await StartAsync(source)).Description.Source);
        Assert.Single(_ffmpeg.Trials);
    }

    [Fact]
    public async Task It_gives_way_to_the_better_source_once_a_trial_beside_it_succeeds()
    {
        _ffmpeg.Works["ddagrab"] = "1280x720";
        var source = CreateSource();
        var first = await StartAsync(source);
        _ffmpeg.Works.Clear();
        _ffmpeg.Last.End(1);
        await first.Completion.WaitAsync(TestContext.Current.CancellationToken);
        var second = await StartAsync(source);

        await PassUntilAsync(() => _ffmpeg.Trials.Count >= 3, second);
        Assert.False(second.Completion.IsCompleted, "it gave way to what does not work");
        _ffmpeg.Works["ddagrab"] = "1280x720";
        await PassUntilAsync(() => second.Completion.IsCompleted, second);

        Assert.Equal(new CaptureOutcome(CaptureEnd.SourceChanged, "ddagrab works again"), await second.Completion);
        Assert.Equal("ddagrab", (await StartAsync(source)).Description.Source);
    }

    [Fact]
    public async Task A_stop_that_was_asked_for_is_no_failure_of_the_source()
    {
        _ffmpeg.Works["ddagrab"] = "1280x720";
        var source = CreateSource();

        await (await StartAsync(source)).StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal("ddagrab", (await StartAsync(source)).Description.Source);
    }

    [Fact]
    public async Task An_ffmpeg_that_cannot_write_segments_is_refused_with_what_it_lacks()
    {
        var ffmpeg = new WindowsFfmpeg { HasSegmentMuxer = false };
        var source = CreateSource(ffmpeg);
        await (await StartAsync(source)).Completion.WaitAsync(TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<CaptureException>(() => StartAsync(source));

        Assert.Contains("was built without the muxer segment", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
    }

    private async Task PassUntilAsync(Func<bool> holds, ICapture capture)
    {
        for (var i = 0; !holds(); i++)
        {
            Assert.True(i < 500, $"it did not come about; trials: {string.Join(", ", _ffmpeg.Trials)}; {capture.Completion.Status}");
            _time.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    private FfmpegCaptureSource CreateSource(WindowsFfmpeg? ffmpeg = null)
    {
        ffmpeg ??= _ffmpeg;
        var suffix = OperatingSystem.IsWindows() ? ".exe" : "";
        File.WriteAllText(Path.Combine(_folder, "ffmpeg" + suffix), "");
        File.WriteAllText(Path.Combine(_folder, "ffprobe" + suffix), "");
        _options.FfmpegPath = Path.Combine(_folder, "ffmpeg" + suffix);
        var options = Options.Create(_options);
        var programs = new FfmpegPrograms(options);
        var sources = new SourceSelector(
            options, new SourceTrial(ffmpeg), new ScreenSystem(true, bounds => 7 + bounds.X), _time, NullLogger<SourceSelector>.Instance);
        return new FfmpegCaptureSource(
            programs,
            new FfmpegDialects(),
            sources,
            new SegmentProbe(programs, ffmpeg),
            options,
            ffmpeg,
            _time,
            NullLogger<FfmpegCapture>.Instance);
    }

    private Task<ICapture> StartAsync(FfmpegCaptureSource source, params PixelRectangle[] monitors)
    {
        var prefix = $"c{_captures++}";
        return source.StartAsync(
            new CaptureRequest
            {
                Session = new UserSession { Id = "s", User = "u", Host = "h", SystemSession = "1" },
                Regions = monitors.Length == 0
                    ? [new CaptureRegion(null, Screen, prefix)]
                    : [.. monitors.Select((bounds, index) => new CaptureRegion($"m{index}", bounds, $"{prefix}-m{index}"))],
                FrameRate = 5,
                Cursor = true,
                SegmentDuration = TimeSpan.FromSeconds(60),
                OutputDirectory = _folder,
            },
            TestContext.Current.CancellationToken);
    }
}
