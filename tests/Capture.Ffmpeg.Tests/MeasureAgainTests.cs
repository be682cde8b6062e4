using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>Segments of a running capture while ffprobe is killed at times.</summary>
public sealed class MeasureAgainTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("measure-again-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact(Timeout = 60_000)]
    public async Task A_segment_that_could_not_be_measured_is_measured_again_and_told_in_order_at_its_own_time()
    {
        var flag = Path.Combine(_folder, "flag");
        var program = Path.Combine(_folder, "ffprobe");
        await File.WriteAllTextAsync(
            program, $"#!/bin/sh\n[ -e {flag} ] && rm {flag} && kill -9 $$\nexec /usr/bin/ffprobe \"$@\"\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var output = new FfmpegOutput();
        output.ReadErrorLine("  Duration: N/A, start: 1795421405.000000, bitrate: N/A");
        var ffmpeg = new Lines();
        await using var capture = NewCapture(ffmpeg, output, program);
        await File.WriteAllTextAsync(flag, "", TestContext.Current.CancellationToken);
        Encode("c000001-000000.mp4");
        Encode("c000001-000001.mp4");
        ffmpeg.Tell("c000001-000000.mp4,0.000000,2.000000");
        ffmpeg.Tell("c000001-000001.mp4,2.000000,4.000000");

        var told = new List<(string Name, double At)>();
        await foreach (var segment in capture.ReadSegmentsAsync(TestContext.Current.CancellationToken))
        {
            told.Add((Path.GetFileName(segment.Path), (segment.StartedAt - output.FirstFrameAt!.Value).TotalSeconds));
            if (told.Count == 2)
            {
                ffmpeg.Kill();
            }
        }

        Assert.False(File.Exists(flag));
        Assert.Equal([("c000001-000000.mp4", 0), ("c000001-000001.mp4", 2)], told);
    }

    private FfmpegCapture NewCapture(Lines ffmpeg, FfmpegOutput output, string ffprobe)
    {
        var request = new CaptureRequest
        {
            Session = new UserSession { Id = "session-1", User = "u", Host = "h", SystemSession = ":0" },
            Regions = [new CaptureRegion(null, new PixelRectangle(0, 0, 64, 48), "c000001")],
            FrameRate = 5,
            Cursor = false,
            SegmentDuration = TimeSpan.FromSeconds(2),
            OutputDirectory = _folder,
        };
        var probe = new SegmentProbe(new FfmpegPrograms(Options.Create(new FfmpegOptions { FfprobePath = ffprobe })), new PlainSupervisor());
        return new FfmpegCapture(ffmpeg, output, request, "x11grab", _ => { }, probe, NullLogger<FfmpegCapture>.Instance);
    }

    private void Encode(string name)
    {
        using var process = Process.Start(
            "/usr/bin/ffmpeg",
            "-v error -f lavfi -i testsrc2=size=64x48:rate=5 -frames:v 10 -c:v libx264 -bf 0 -pix_fmt yuv420p "
                + $"-movflags +empty_moov+default_base_moof -frag_duration 380000 {Path.Combine(_folder, name)}");
        process.WaitForExit();
    }

    /// <summary>An ffmpeg that tells what a test says.</summary>
    private sealed class Lines : IChildProcess
    {
        private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

        public int Id => 1;

        public string StartToken => "boot/1";

        public Stream StandardInput => Stream.Null;

        public string ErrorTail => "";

        public Task<int> Exited => _exited.Task;

        public void Tell(string line) => _lines.Writer.TryWrite(line);

        public async IAsyncEnumerable<string> ReadLinesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(cancellationToken))
            {
                yield return line;
            }
        }

        public void Kill()
        {
            _lines.Writer.TryComplete();
            _exited.TrySetResult(255);
        }

        public ValueTask DisposeAsync()
        {
            Kill();
            return ValueTask.CompletedTask;
        }
    }
}
