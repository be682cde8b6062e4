using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Recording;

/// <summary>What a capture tells of files that could not be measured while it went on.</summary>
public sealed class CaptureRunTests : IDisposable
{
    private readonly TestSpool _spool = new();
    private readonly SpoolSession _session;
    private readonly List<(DateTimeOffset From, DateTimeOffset To)> _holes = [];

    public CaptureRunTests() => _session = _spool.Root.Create(TestSpool.Document());

    public void Dispose()
    {
        _session.Dispose();
        _spool.Dispose();
    }

    [Fact]
    public async Task A_file_that_waits_to_be_measured_is_no_hole()
    {
        WriteUnmeasured(1, writtenAt: 8);

        await RunAsync((0, 0), (2, 8));

        Assert.Empty(_holes);
    }

    [Fact]
    public async Task A_file_that_is_missing_is_a_hole()
    {
        await RunAsync((0, 0), (2, 8));

        Assert.Equal([(TestSpool.At(3.8), TestSpool.At(8))], _holes);
    }

    [Theory]
    [InlineData(4.4, false)]
    [InlineData(4.6, true)]
    [InlineData(4.8, true)]
    public async Task Between_two_files_all_that_verify_would_miss_is_a_hole(double next, bool isHole)
    {
        await RunAsync((0, 0), (1, next));

        Assert.Equal(isHole ? [(TestSpool.At(3.8), TestSpool.At(next))] : [], _holes);
    }

    [Fact]
    public async Task There_is_a_picture_until_the_last_file_was_written_though_it_waits_to_be_measured()
    {
        WriteUnmeasured(2, writtenAt: 11);

        Assert.Equal(TestSpool.At(11), await RunAsync((0, 0), (1, 4)));
    }

    [Fact]
    public async Task An_older_file_that_waits_changes_nothing_about_the_last_frame()
    {
        WriteUnmeasured(1, writtenAt: 8);

        Assert.Equal(TestSpool.At(11.8), await RunAsync((0, 0), (2, 8)));
    }

    private void WriteUnmeasured(int number, double writtenAt) => File.SetLastWriteTimeUtc(
        TestSpool.WriteOpenFile(_session, $"c000001-{number:D6}.mp4", "unmeasured"), TestSpool.At(writtenAt).UtcDateTime);

    private Task<DateTimeOffset?> RunAsync(params (int Number, double At)[] measured)
    {
        var segments = measured.Select(file => new CapturedSegment(
            TestSpool.WriteOpenFile(_session, $"c000001-{file.Number:D6}.mp4", $"{file.At}"),
            TestSpool.At(file.At),
            TestSpool.Facts(4)));
        var request = new CaptureRequest
        {
            Session = new UserSession { Id = "session-1", User = "u", Host = "h", SystemSession = ":0" },
            Regions = [new CaptureRegion(null, new PixelRectangle(0, 0, 1280, 720), OpenFileName.Prefix(1))],
            FrameRate = 5,
            Cursor = true,
            SegmentDuration = TimeSpan.FromSeconds(4),
            OutputDirectory = _session.OpenDirectory,
        };
        var sinks = new RunSinks(_session, TimeSpan.Zero, (from, to) => _holes.Add((from, to)), () => { });
        return new CaptureRun(
            1, new ToldCapture([.. segments]), request, Task.FromResult<DateTimeOffset?>(null), sinks, NullLogger<CaptureRun>.Instance)
            .LastFrame;
    }

    /// <summary>A capture that is over.</summary>
    private sealed class ToldCapture(CapturedSegment[] segments) : ICapture
    {
        public CaptureDescription Description { get; } = new("fake", "none", "fake 1", null, null);

        public CaptureProgress Progress => new(1, TestSpool.Start, OnDisk: true);

        public Task<CaptureOutcome> Completion { get; } = Task.FromResult(new CaptureOutcome(CaptureEnd.Stopped, null));

        public async IAsyncEnumerable<CapturedSegment> ReadSegmentsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (var segment in segments)
            {
                await Task.Yield();
                yield return segment;
            }
        }

        public Task<CaptureOutcome> StopAsync(CancellationToken cancellationToken) => Completion;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
