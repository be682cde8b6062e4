using SessionRecorder.Tests.Catalog;

namespace SessionRecorder.Tests.Upload;

/// <summary>A store that fails as a test wants, and never replaces what it must not.</summary>
internal sealed class FaultySink : IStorageSink
{
    private readonly MemorySink _store = new();
    private readonly TaskCompletionSource _up = new();

    public IDictionary<string, byte[]> Objects => _store.Objects;

    /// <summary>Every attempt, in order.</summary>
    public List<string> Attempts { get; } = [];

    /// <summary>What an attempt fails with, or null.</summary>
    public Func<StoragePut, Exception?> Fault { get; set; } = _ => null;

    /// <summary>While it is down, a put does not return.</summary>
    public bool IsDown { get; init; }

    /// <summary>Whether objects may be written and not read: then nobody can tell what lies under a key.</summary>
    public bool IsPutOnly { get; init; }

    /// <summary>Waited for before a put returns; null where it returns at once.</summary>
    public Func<StoragePut, Task>? Hold { get; set; }

    public async Task<StoredObject> PutAsync(StoragePut put, CancellationToken cancellationToken)
    {
        lock (Attempts)
        {
            Attempts.Add(put.Key);
        }

        if (IsDown)
        {
            await _up.Task.WaitAsync(cancellationToken);
        }

        if (Hold is { } hold)
        {
            await hold(put).WaitAsync(cancellationToken);
        }

        if (Fault(put) is { } fault)
        {
            throw fault;
        }

        if (!put.Replace
            && await _store.FindAsync(put.Key, cancellationToken) is { } stored
            && (IsPutOnly || stored.Sha256 != put.Sha256))
        {
            throw new StorageException($"something else is stored under {put.Key}", StorageFailure.Conflict, false, put.Key);
        }

        return await _store.PutAsync(put, cancellationToken);
    }

    public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken) => IsPutOnly
        ? throw new StorageException($"{key} may not be looked at", StorageFailure.Denied, isTransient: false, key)
        : _store.FindAsync(key, cancellationToken);

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) =>
        _store.ListAsync(prefix, cancellationToken);

    public Task<Stream> OpenReadAsync(string key, CancellationToken cancellationToken) => _store.OpenReadAsync(key, cancellationToken);
}
