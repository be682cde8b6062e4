using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class DialectTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dialect-").FullName;

    [Fact]
    public async Task An_old_ffmpeg_is_started_anew_with_the_option_that_it_knows_and_asked_once_only()
    {
        var supervisor = new StandInFfmpeg(knowsFpsMode: false);
        var source = CreateSource(supervisor);

        await CaptureAsync(source, "a");
        await CaptureAsync(source, "b");

        Assert.Equal(["-fps_mode", "-vsync", "-vsync"], OptionsOf(supervisor));
    }

    [Fact]
    public async Task A_newer_ffmpeg_is_started_once_for_each_capture()
    {
        var supervisor = new StandInFfmpeg(knowsFpsMode: true);
        var source = CreateSource(supervisor);

        await CaptureAsync(source, "a");
        await CaptureAsync(source, "b");

        Assert.Equal(["-fps_mode", "-fps_mode"], OptionsOf(supervisor));
    }

    [Fact]
    public async Task An_ffmpeg_that_was_replaced_is_tried_anew()
    {
        var supervisor = new StandInFfmpeg(knowsFpsMode: false);
        var source = CreateSource(supervisor);

        await CaptureAsync(source, "a");
        File.WriteAllText(Path.Combine(_folder, Name("ffmpeg")), "another build");
        await CaptureAsync(source, "b");

        Assert.Equal(["-fps_mode", "-vsync", "-fps_mode", "-vsync"], OptionsOf(supervisor));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IEnumerable<string> OptionsOf(StandInFfmpeg supervisor) =>
        supervisor.Started
            .Where(start => start.Arguments is not ["-version"])
            .Select(start => start.Arguments.Single(argument => argument is "-fps_mode" or "-vsync"));

    private static string Name(string program) => OperatingSystem.IsWindows() ? program + ".exe" : program;

    private FfmpegCaptureSource CreateSource(StandInFfmpeg supervisor)
    {
        File.WriteAllText(Path.Combine(_folder, Name("ffprobe")), "");
        File.WriteAllText(Path.Combine(_folder, Name("ffmpeg")), "");
        var options = Options.Create(new FfmpegOptions { FfmpegPath = Path.Combine(_folder, Name("ffmpeg")) });
        var programs = new FfmpegPrograms(options);
        var sources = new SourceSelector(
            options, new SourceTrial(supervisor), new ScreenSystem(false, _ => 0), TimeProvider.System, NullLogger<SourceSelector>.Instance);
        return new FfmpegCaptureSource(
            programs,
            new FfmpegDialects(),
            sources,
            new SegmentProbe(programs, supervisor),
            options,
            supervisor,
            TimeProvider.System,
            NullLogger<FfmpegCapture>.Instance);
    }

    private async Task CaptureAsync(FfmpegCaptureSource source, string prefix)
    {
        await using var capture = await source.StartAsync(
            new CaptureRequest
            {
                Session = new UserSession { Id = "s", User = "u", Host = "h", SystemSession = "elsewhere:1" },
                Regions = [new CaptureRegion(null, new PixelRectangle(0, 0, 1280, 720), prefix)],
                FrameRate = 5,
                Cursor = true,
                SegmentDuration = TimeSpan.FromSeconds(60),
                OutputDirectory = _folder,
            },
            TestContext.Current.CancellationToken);
    }
}
