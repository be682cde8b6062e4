namespace SessionRecorder.Host.Upload;

/// <summary>A sink to which is sent no faster than a limit allows that it shares with others. Thread-safe.</summary>
internal class ThrottledSink : IStorageSink
{
    private readonly IStorageSink _sink;
    private readonly BandwidthLimit _limit;

    private ThrottledSink(IStorageSink sink, BandwidthLimit limit) => (_sink, _limit) = (sink, limit);

    /// <summary>Puts a sink under a limit; what else it can do, it still can.</summary>
    public static IStorageSink Around(IStorageSink sink, BandwidthLimit limit) =>
        sink is ITemporaryObjects temporary ? new WithTemporaryObjects(sink, temporary, limit) : new ThrottledSink(sink, limit);

    public async Task<StoredObject> PutAsync(StoragePut put, CancellationToken cancellationToken)
    {
        await using var content = new ThrottledStream(put.Content, _limit);
        return await _sink.PutAsync(put with { Content = content }, cancellationToken);
    }

    public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken) => _sink.FindAsync(key, cancellationToken);

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) =>
        _sink.ListAsync(prefix, cancellationToken);

    public Task<Stream> OpenReadAsync(string key, CancellationToken cancellationToken) => _sink.OpenReadAsync(key, cancellationToken);

    private sealed class WithTemporaryObjects(IStorageSink sink, ITemporaryObjects temporary, BandwidthLimit limit)
        : ThrottledSink(sink, limit), ITemporaryObjects
    {
        public Task DeleteTemporaryAsync(string key, CancellationToken cancellationToken) =>
            temporary.DeleteTemporaryAsync(key, cancellationToken);
    }
}
