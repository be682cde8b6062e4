using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Upload;

/// <summary>Puts the pieces of a session's tail into one sink, and takes them back. Calls must follow one another.</summary>
internal sealed class TailStore(IStorageSink sink, SpoolSession spool, TailJournal journal)
{
    private const int DeletesAtOnce = 8;

    /// <summary>False once the store has said that nothing may be deleted.</summary>
    private bool _mayDelete = sink is ITemporaryObjects;

    /// <summary>Stores a piece.</summary>
    /// <exception cref="StorageException">It was not stored.</exception>
    public Task PutAsync(TailPiece piece, byte[] bytes, CancellationToken cancellationToken) =>
        PutAsync(piece.Key, bytes, cancellationToken);

    /// <summary>Stores anew that the recorder lives.</summary>
    /// <exception cref="StorageException">It was not stored.</exception>
    public Task PutSignOfLifeAsync(CancellationToken cancellationToken) =>
        PutAsync(TailPiece.SignOfLife, [], cancellationToken);

    /// <summary>Deletes objects, or empties those that may not be deleted.</summary>
    /// <param name="keys">Keys below the session's prefix.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">One of them is still there.</exception>
    public async Task RemoveAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        foreach (var some in keys.Chunk(DeletesAtOnce))
        {
            var removals = some.Select(key => RemoveAsync(key, cancellationToken)).ToArray();
            try
            {
                await Task.WhenAll(removals);
            }
            finally
            {
                foreach (var (key, _) in some.Zip(removals).Where(pair => pair.Second.IsCompletedSuccessfully))
                {
                    journal.Forget(key);
                }
            }
        }
    }

    private async Task RemoveAsync(string key, CancellationToken cancellationToken)
    {
        if (_mayDelete && sink is ITemporaryObjects temporary)
        {
            try
            {
                await temporary.DeleteTemporaryAsync(WholeKeyOf(key), cancellationToken);
                return;
            }
            catch (StorageException e) when (e.Failure == StorageFailure.Denied)
            {
                _mayDelete = false;
            }
        }

        if (key == TailPiece.SignOfLife)
        {
            return;
        }

        try
        {
            await SendAsync(key, [], cancellationToken);
        }
        catch (StorageException e) when (!e.IsTransient)
        {
            // Neither deleted nor emptied, for good: it is left to the store's own rules, and the spool need not wait for it.
        }
    }

    private async Task PutAsync(string key, byte[] bytes, CancellationToken cancellationToken)
    {
        journal.Announce(key);
        await SendAsync(key, bytes, cancellationToken);
        journal.Confirm(key);
    }

    /// <remarks>
    /// Replacing: the key says which bytes these are, so whatever replaces them is the same, while a condition would make
    /// three requests of one where the right to look is missing. The place is the session's own since session.json is stored.
    /// </remarks>
    private async Task SendAsync(string key, byte[] bytes, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(bytes, writable: false);
        await sink.PutAsync(
            new StoragePut
            {
                Key = WholeKeyOf(key),
                Content = content,
                Length = bytes.Length,
                Sha256 = LedgerLine.HashOf(bytes),
                ContentType = ContentTypes.Of(key),
                Replace = true,
                IsTemporary = true,
            },
            cancellationToken);
    }

    // Asked for each time: the place of a session whose metadata is late becomes known only then.
    private string WholeKeyOf(string key) => spool.Document.Prefix + key;
}
