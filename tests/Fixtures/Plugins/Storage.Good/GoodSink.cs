using System.Runtime.CompilerServices;
using Fixture.Helper;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

public sealed partial class GoodSink : HelperBase, IStorageSink, IAsyncDisposable
{
    private readonly ILogger<GoodSink> _logger;

    public GoodSink(ILogger<GoodSink> logger, TimeProvider time, IProcessSupervisor processes, IOptions<GoodOptions> options)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(processes);
        ArgumentNullException.ThrowIfNull(options);
        _logger = logger;
        if (options.Value.Misbehave == Misbehaviour.ThrowInService)
        {
            throw new InvalidOperationException("the fixture's service throws");
        }

        LogMade(options.Value.Path, options.Value.Timeout, Greeting);
    }

    public Task<StoredObject> PutAsync(StoragePut put, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(put);
        return Task.FromResult(new StoredObject(put.Key, put.Length, put.Sha256, null));
    }

    public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken) =>
        Task.FromResult<StoredObject?>(null);

    public async IAsyncEnumerable<StoredObject> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield break;
    }

    public Task<Stream> OpenReadAsync(string key, CancellationToken cancellationToken) =>
        Task.FromException<Stream>(
            new StorageException($"there is no object {key}", StorageFailure.NoSuchObject, isTransient: false, key));

    public ValueTask DisposeAsync()
    {
        LogDisposed();
        return ValueTask.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "made with {Path} and {Timeout}, {Greeting}")]
    private partial void LogMade(string? path, TimeSpan timeout, string greeting);

    [LoggerMessage(Level = LogLevel.Information, Message = "disposed")]
    private partial void LogDisposed();
}
