using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Tests.Catalog;

/// <summary>A store in memory, whose objects a test can change behind everybody's back.</summary>
internal sealed class MemorySink : IStorageSink
{
    public ConcurrentDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

    public async Task<StoredObject> PutAsync(StoragePut put, CancellationToken cancellationToken)
    {
        StorageKey.ThrowIfInvalid(put.Key);
        var bytes = new MemoryStream();
        await put.Content.CopyToAsync(bytes, cancellationToken);
        Objects[put.Key] = bytes.ToArray();
        return Describe(put.Key, Objects[put.Key]);
    }

    public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken) =>
        Task.FromResult(Objects.TryGetValue(key, out var bytes) ? Describe(key, bytes) : null);

    public async IAsyncEnumerable<StoredObject> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var (key, bytes) in Objects.OrderBy(stored => stored.Key, StringComparer.Ordinal))
        {
            if (key.StartsWith(prefix, StringComparison.Ordinal))
            {
                // No hash: a verification must not take the store's word for it.
                yield return Describe(key, bytes) with { Sha256 = null };
            }
        }
    }

    public Task<Stream> OpenReadAsync(string key, CancellationToken cancellationToken) =>
        Objects.TryGetValue(key, out var bytes)
            ? Task.FromResult<Stream>(new MemoryStream(bytes, writable: false))
            : throw new StorageException($"there is no {key}", StorageFailure.NoSuchObject, isTransient: false, key);

    private static StoredObject Describe(string key, byte[] bytes) => new(key, bytes.Length, LedgerLine.HashOf(bytes), null);
}
