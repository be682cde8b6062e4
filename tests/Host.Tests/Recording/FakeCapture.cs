using System.Threading.Channels;

namespace SessionRecorder.Tests.Recording;

/// <summary>A capture source without a screen: its captures tick by the given clock and write a file when they end.</summary>
internal sealed class FakeCaptureSource(TimeProvider time) : ICaptureSource
{
    private readonly TaskCompletionSource _first = new();

    public List<FakeCapture> Captures { get; } = [];

    /// <summary>What the next starts throw, in order; null for one that works.</summary>
    public Queue<Exception?> StartFailures { get; } = new();

    /// <summary>Whether captures do not end when asked to, and only when they are aborted.</summary>
    public bool AreDeaf { get; set; }

    public Task FirstStarted => _first.Task;

    public Task<CaptureDescription> ProbeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new CaptureDescription("fake", "none", "fake 1", null, null));

    public Task<ICapture> StartAsync(CaptureRequest request, CancellationToken cancellationToken)
    {
        if (StartFailures.TryDequeue(out var failure) && failure is not null)
        {
            throw failure;
        }

        var capture = new FakeCapture(request, time) { IsDeaf = AreDeaf };
        Captures.Add(capture);
        _first.TrySetResult();
        return Task.FromResult<ICapture>(capture);
    }

    public Task<SegmentFacts?> RepairAsync(string path, double frameRate, CancellationToken cancellationToken) =>
        Task.FromResult<SegmentFacts?>(null);
}

/// <summary>A capture that takes a frame each fifth of a second until it is stopped or fails.</summary>
internal sealed class FakeCapture : ICapture
{
    private readonly CaptureRequest _request;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private TimeSpan? _frozenAt;
    private readonly Channel<CapturedSegment> _segments = Channel.CreateUnbounded<CapturedSegment>();
    private readonly TaskCompletionSource<CaptureOutcome> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeCapture(CaptureRequest request, TimeProvider time)
    {
        _request = request;
        _time = time;
        _startedAt = time.GetTimestamp();
        FirstFrameAt = time.GetUtcNow();
    }

    public bool IsDeaf { get; init; }

    /// <summary>From now on it takes no frame.</summary>
    public void Freeze() => _frozenAt = Age;

    public DateTimeOffset FirstFrameAt { get; }

    public PixelRectangle Region => _request.Bounds;

    public CaptureDescription Description { get; } = new("fake", "none", "fake 1", null, null);

    public CaptureProgress Progress => new(1 + (long)(Age.TotalSeconds * 5), FirstFrameAt, OnDisk: true);

    public Task<CaptureOutcome> Completion => _ended.Task;

    private TimeSpan Age => _frozenAt ?? _time.GetElapsedTime(_startedAt);

    public IAsyncEnumerable<CapturedSegment> ReadSegmentsAsync(CancellationToken cancellationToken) =>
        _segments.Reader.ReadAllAsync(cancellationToken);

    public Task<CaptureOutcome> StopAsync(CancellationToken cancellationToken)
    {
        if (IsDeaf)
        {
            cancellationToken.Register(() => End(new CaptureOutcome(CaptureEnd.Aborted, "killed")));
        }
        else
        {
            End(new CaptureOutcome(CaptureEnd.Stopped, null));
        }

        return _ended.Task;
    }

    public ValueTask DisposeAsync()
    {
        End(new CaptureOutcome(CaptureEnd.Aborted, null));
        return ValueTask.CompletedTask;
    }

    /// <summary>Ends it as a crash or a request would; the first end counts.</summary>
    public void End(CaptureOutcome outcome)
    {
        lock (_segments)
        {
            if (_ended.Task.IsCompleted)
            {
                return;
            }

            foreach (var region in _request.Regions)
            {
                var path = Path.Combine(_request.OutputDirectory, $"{region.FilePrefix}-000000.mp4");
                File.WriteAllText(path, $"{region.FilePrefix} for {Age}");
                var (width, height) = (region.Bounds.Width, region.Bounds.Height);
                var facts = new SegmentFacts(Age + TimeSpan.FromSeconds(0.2), Age, 1 + (int)(Age.TotalSeconds * 5), width, height, []);
                _segments.Writer.TryWrite(new CapturedSegment(path, FirstFrameAt, facts, region.Monitor));
            }

            _segments.Writer.Complete();
            _ended.SetResult(outcome);
        }
    }
}

/// <summary>A display whose size a test sets, or takes away.</summary>
internal sealed class FakeDisplay : IDisplayMonitor
{
    private readonly Lock _lock = new();
    private readonly List<Channel<DisplayTopology>> _watches = [];
    private DisplayTopology _topology = Of(1280, 720);

    public static DisplayTopology Of(int width, int height)
    {
        var bounds = new PixelRectangle(0, 0, width, height);
        return new DisplayTopology([new DisplayMonitor("fake", bounds, 1, true)], bounds);
    }

    public void Change(int width, int height, DateTimeOffset? changedAfter = null)
    {
        lock (_lock)
        {
            var bounds = new PixelRectangle(0, 0, width, height);
            _topology = new DisplayTopology(Of(width, height).Monitors, bounds) { ChangedAfter = changedAfter };
            _watches.ForEach(watch => watch.Writer.TryWrite(_topology));
        }
    }

    public Task<DisplayTopology> GetTopologyAsync(CancellationToken cancellationToken) => Task.FromResult(_topology);

    public IAsyncEnumerable<DisplayTopology> WatchAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var watch = Channel.CreateUnbounded<DisplayTopology>();
            watch.Writer.TryWrite(_topology);
            _watches.Add(watch);
            return watch.Reader.ReadAllAsync(cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>The system's clock, which a test can set.</summary>
internal sealed class SettableTime : TimeProvider
{
    public TimeSpan Shift { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
}
