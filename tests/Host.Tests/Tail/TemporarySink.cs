using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Tests.Tail;

/// <summary>A store in memory that keeps count, and forbids, fails or dawdles as a test wants.</summary>
internal sealed class TemporarySink : IStorageSink, ITemporaryObjects
{
    private readonly Lock _lock = new();

    public ConcurrentDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

    /// <summary>The puts that were asked for, in order.</summary>
    public ConcurrentQueue<(string Key, long Length, bool IsTemporary, bool IsFinal)> Puts { get; } = [];

    public ConcurrentQueue<string> Deletes { get; } = [];

    public bool MayDelete { get; set; } = true;

    /// <summary>While it is down, every call fails.</summary>
    public volatile bool IsDown;

    /// <summary>Objects for which a put never comes back.</summary>
    public Func<string, bool> Hangs { get; set; } = _ => false;

    /// <summary>Objects that are not taken.</summary>
    public Func<string, bool> Refuses { get; set; } = _ => false;

    public DateTimeOffset ModifiedAt { get; set; } = Spool.TestSpool.At(40);

    public IEnumerable<string> Tail => Objects.Keys.Where(key => key.Contains("/tail/", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    public async Task<StoredObject> PutAsync(StoragePut put, CancellationToken cancellationToken)
    {
        StorageKey.ThrowIfInvalid(put.Key);
        Puts.Enqueue((put.Key, put.Length, put.IsTemporary, put.IsFinal));
        if (Hangs(put.Key))
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        ThrowIfDown(put.Key);
        if (Refuses(put.Key))
        {
            throw new StorageException("not taken", StorageFailure.Invalid, isTransient: false, put.Key);
        }

        var bytes = new MemoryStream();
        await put.Content.CopyToAsync(bytes, cancellationToken);
        lock (_lock)
        {
            if (!put.Replace && Objects.TryGetValue(put.Key, out var stored) && LedgerLine.HashOf(stored) != put.Sha256)
            {
                throw new StorageException($"something else is stored under {put.Key}", StorageFailure.Conflict, false, put.Key);
            }

            Objects[put.Key] = bytes.ToArray();
        }

        return Describe(put.Key, Objects[put.Key]);
    }

    public Task DeleteTemporaryAsync(string key, CancellationToken cancellationToken)
    {
        Deletes.Enqueue(key);
        ThrowIfDown(key);
        if (!MayDelete)
        {
            throw new StorageException("not allowed", StorageFailure.Denied, isTransient: false, key);
        }

        Objects.TryRemove(key, out _);
        return Task.CompletedTask;
    }

    public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken) =>
        Task.FromResult(Objects.TryGetValue(key, out var bytes) ? Describe(key, bytes) : null);

    public async IAsyncEnumerable<StoredObject> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        // Read one by one: a copy of the whole is no longer right when somebody stores meanwhile.
        foreach (var (key, bytes) in Objects.Where(_ => true).OrderBy(stored => stored.Key, StringComparer.Ordinal))
        {
            if (key.StartsWith(prefix, StringComparison.Ordinal))
            {
                yield return Describe(key, bytes) with { Sha256 = null };
            }
        }
    }

    public Task<Stream> OpenReadAsync(string key, CancellationToken cancellationToken) =>
        Objects.TryGetValue(key, out var bytes)
            ? Task.FromResult<Stream>(new MemoryStream(bytes, writable: false))
            : throw new StorageException($"there is no {key}", StorageFailure.NoSuchObject, isTransient: false, key);

    private void ThrowIfDown(string key)
    {
        if (IsDown)
        {
            throw new StorageException("no answer", StorageFailure.Unreachable, isTransient: true, key);
        }
    }

    private StoredObject Describe(string key, byte[] bytes) => new(key, bytes.Length, LedgerLine.HashOf(bytes), ModifiedAt);
}
