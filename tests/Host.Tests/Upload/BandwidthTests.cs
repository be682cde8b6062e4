using Microsoft.Extensions.Time.Testing;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Tests.Upload;

public sealed class BandwidthTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Two_streams_together_keep_to_the_limit_and_each_moves_all_the_time()
    {
        var limit = new BandwidthLimit(100_000, _time);
        var one = CopyAsync(limit, 100_000);
        var other = CopyAsync(limit, 100_000);
        var moved = new List<(long One, long Other)>();

        for (var tenth = 0; tenth < 22; tenth++)
        {
            await PassAsync(0.1);
            moved.Add((one.Copied, other.Copied));
        }

        await Task.WhenAll(one.Task, other.Task);
        // A tenth of a second is 10,000 bytes; what is granted ahead is a share of 5,000 for each.
        for (var tenth = 0; tenth < 20; tenth++)
        {
            Assert.InRange(moved[tenth].One + moved[tenth].Other, ((tenth + 1) * 10_000) - 10_000, ((tenth + 1) * 10_000) + 10_000);
            Assert.InRange(moved[tenth].One - moved[tenth].Other, -10_000, 10_000);
        }
    }

    [Fact]
    public async Task What_is_hashed_first_costs_the_limit_nothing()
    {
        var limit = new BandwidthLimit(100_000, _time);
        using var content = new MemoryStream(new byte[1_000_000]);
        await using var throttled = new ThrottledStream(content, limit);

        Assert.Equal(1_000_000, Read(throttled));
        throttled.Position = 0;

        Assert.InRange(await throttled.ReadAsync(new byte[64_000], TestContext.Current.CancellationToken), 1, 5_000);
    }

    [Fact]
    public async Task A_pause_is_not_made_up_for_by_a_burst()
    {
        var limit = new BandwidthLimit(100_000, _time);
        await PassAsync(60);

        var copy = CopyAsync(limit, 1_000_000);
        await PassAsync(0.1);

        Assert.InRange(copy.Copied, 1, 20_000);
        while (!copy.Task.IsCompleted)
        {
            await PassAsync(1);
        }
    }

    [Fact]
    public async Task A_sink_that_keeps_temporary_objects_still_does_behind_a_limit_and_another_does_not()
    {
        var limit = new BandwidthLimit(1_000_000, TimeProvider.System);
        var sink = new TemporarySink();

        var throttled = Assert.IsType<ITemporaryObjects>(ThrottledSink.Around(sink, limit), exactMatch: false);
        await throttled.DeleteTemporaryAsync("tail/1", TestContext.Current.CancellationToken);

        Assert.Equal(["tail/1"], sink.Deleted);
        Assert.False(ThrottledSink.Around(new FaultySink(), limit) is ITemporaryObjects);
    }

    private static int Read(Stream stream)
    {
        var buffer = new byte[64_000];
        var sum = 0;
        while (stream.Read(buffer, 0, buffer.Length) is > 0 and var read)
        {
            sum += read;
        }

        return sum;
    }

    private static Copy CopyAsync(BandwidthLimit limit, int bytes) => new(limit, bytes);

    private async Task PassAsync(double seconds)
    {
        await Task.Delay(20, TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(seconds));
        await Task.Delay(20, TestContext.Current.CancellationToken);
    }

    private sealed class Copy
    {
        private long _copied;

        public Copy(BandwidthLimit limit, int bytes) => Task = RunAsync(limit, bytes);

        public Task Task { get; }

        public long Copied => Interlocked.Read(ref _copied);

        private async Task RunAsync(BandwidthLimit limit, int bytes)
        {
            using var content = new MemoryStream(new byte[bytes]);
            await using var throttled = new ThrottledStream(content, limit);
            var buffer = new byte[64_000];
            while (await throttled.ReadAsync(buffer) is > 0 and var read)
            {
                Interlocked.Add(ref _copied, read);
            }
        }
    }

    private sealed class TemporarySink : IStorageSink, ITemporaryObjects
    {
        private readonly FaultySink _inner = new();

        public List<string> Deleted { get; } = [];

        public Task<StoredObject> PutAsync(StoragePut put, CancellationToken cancellationToken) => _inner.PutAsync(put, cancellationToken);

        public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken) => _inner.FindAsync(key, cancellationToken);

        public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => _inner.ListAsync(prefix, cancellationToken);

        public Task<Stream> OpenReadAsync(string key, CancellationToken cancellationToken) => _inner.OpenReadAsync(key, cancellationToken);

        public Task DeleteTemporaryAsync(string key, CancellationToken cancellationToken)
        {
            Deleted.Add(key);
            return Task.CompletedTask;
        }
    }
}
