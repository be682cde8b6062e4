using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Upload;

/// <summary>Sends one object of a session to a sink, once, and makes sure that it is stored as it was sent. Thread-safe.</summary>
internal sealed partial class ObjectSender(
    SpoolSession spool, IStorageSink sink, Func<CancellationToken, Task> beforeManifest, ILogger logger)
{
    /// <summary>
    /// Whether another process had the session before: then what lies in storage may be what that process sent and could
    /// not note any more.
    /// </summary>
    private readonly bool _isTakenOver = spool.Read(account => account.IsRecovered || account.Seal is not null);

    /// <summary>Sends it.</summary>
    /// <param name="pending">The object.</param>
    /// <param name="hasClaim">Whether the sink confirmed the session's session.json.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was confirmed.</returns>
    /// <exception cref="StorageException">It was not stored.</exception>
    public async Task<SentObject> SendAsync(PendingObject pending, bool hasClaim, CancellationToken cancellationToken)
    {
        await using var content = Open(pending);
        var put = await DescribeAsync(pending, content, cancellationToken);
        if (pending.IsInterim)
        {
            // A manifest that tells of more than the ledger in the tail would have nothing to vouch for it, should we die now.
            await beforeManifest(cancellationToken);
        }

        try
        {
            await ConfirmAsync(put, await sink.PutAsync(put, cancellationToken), cancellationToken);
        }
        catch (StorageException e) when (e.Failure == StorageFailure.Corrupted)
        {
            await ThrowIfChangedAsync(pending, put.Sha256, cancellationToken);
            throw;
        }
        catch (StorageException e) when (e.Failure == StorageFailure.Conflict)
        {
            if (pending.Key == SessionObjects.LedgerKey)
            {
                await ReplaceLedgerAsync(put, hasClaim, e, cancellationToken);
            }
            else if (!await IsOursAsync(pending, hasClaim, put.Key, cancellationToken))
            {
                throw;
            }
        }

        return new SentObject(put.Sha256, put.Length);
    }

    private async Task<StoragePut> DescribeAsync(PendingObject pending, Stream content, CancellationToken cancellationToken) => new()
    {
        Key = spool.Document.Prefix + pending.Key,
        Content = content,
        Length = content.Length,
        Sha256 = pending.Segment?.Sha256 ?? await HashAsync(content, cancellationToken),
        ContentType = ContentTypes.Of(pending.Key),
        Replace = pending.Key == SessionObjects.ManifestKey,
        IsFinal = !pending.IsInterim,
    };

    /// <summary>
    /// Stores the recorder's own ledger in the place of one that a recovery from storage made, which tells of less. Where it
    /// may not be read, the claim decides: nobody else stores here, and a recovery knew what the tail told it.
    /// </summary>
    private async Task ReplaceLedgerAsync(
        StoragePut put, bool hasClaim, StorageException conflict, CancellationToken cancellationToken)
    {
        var mayReplace = await LedgerSuccession.MayReplaceAsync(sink, put.Key, spool, cancellationToken)
            || (hasClaim && !spool.IsFromStorage && !await MayBeReadAsync(put.Key, cancellationToken));
        if (!mayReplace)
        {
            ExceptionDispatchInfo.Throw(conflict);
        }

        LogSucceeds(put.Key);
        put.Content.Position = 0;
        var again = put with { Replace = true };
        await ConfirmAsync(again, await sink.PutAsync(again, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Whether what lies under a key is what was to be stored, though storage may be written and not read, so that nobody
    /// can compare.
    /// </summary>
    /// <remarks>
    /// Below a prefix that session.json claimed, only this session stores, each key names one content alone, and the store
    /// checked its hash when it arrived. Whether session.json itself is ours tells the manifest: no recorder writes one
    /// before its claim is confirmed, and any other's is written right after. So where none can be created, the place is
    /// another's, and where it can, nothing of another's was replaced.
    /// </remarks>
    private async Task<bool> IsOursAsync(PendingObject pending, bool hasClaim, string key, CancellationToken cancellationToken)
    {
        if (await MayBeReadAsync(key, cancellationToken))
        {
            return false;
        }

        return hasClaim || (pending == PendingObject.Session && _isTakenOver && await TryCreateManifestAsync(cancellationToken));
    }

    private async Task<bool> MayBeReadAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            await sink.FindAsync(key, cancellationToken);
            return true;
        }
        catch (StorageException e) when (e.Failure == StorageFailure.Denied)
        {
            return false;
        }
    }

    private async Task<bool> TryCreateManifestAsync(CancellationToken cancellationToken)
    {
        await using var content = Open(PendingObject.InterimManifest);
        var put = await DescribeAsync(PendingObject.InterimManifest, content, cancellationToken) with { Replace = false };
        try
        {
            await sink.PutAsync(put, cancellationToken);
            return true;
        }
        catch (StorageException e) when (e.Failure == StorageFailure.Conflict)
        {
            return false;
        }
    }

    /// <summary>What arrives damaged again and again may have been damaged here.</summary>
    private async Task ThrowIfChangedAsync(PendingObject pending, string sha256, CancellationToken cancellationToken)
    {
        await using var content = Open(pending);
        if (await HashAsync(content, cancellationToken) != sha256 && !pending.IsInterim)
        {
            throw new StorageException(
                $"{pending.Key} in the spool is not what was recorded", StorageFailure.Corrupted, isTransient: false, pending.Key);
        }
    }

    private Stream Open(PendingObject pending) => pending switch
    {
        { IsInterim: true } => new MemoryStream(BuildInterimManifest()),
        { Key: SessionObjects.ManifestKey } => new MemoryStream(SessionSealer.Derive(spool).Manifest),
        { Key: SessionObjects.LedgerKey } => spool.Ledger.OpenSealed(),
        _ => new FileStream(Path.Combine(spool.Directory, pending.Key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete),
    };

    /// <summary>The manifest as it stands, never called complete: what it names may not be stored yet.</summary>
    private byte[] BuildInterimManifest() => ManifestJson.Serialize(spool.Read(account =>
        ManifestBuilder.Build(spool.Document, account, null, SessionAccount.Recording, spool.Ledger.LastHash)));

    private async Task ConfirmAsync(StoragePut put, StoredObject stored, CancellationToken cancellationToken)
    {
        var confirmed = stored.Sha256 is not null ? stored : await sink.FindAsync(put.Key, cancellationToken);
        if (confirmed is null || confirmed.Length != put.Length || (confirmed.Sha256 ?? put.Sha256) != put.Sha256)
        {
            throw new StorageException(
                $"{put.Key} is not stored as it was sent", StorageFailure.Corrupted, isTransient: true, put.Key);
        }
    }

    private static async Task<string> HashAsync(Stream content, CancellationToken cancellationToken)
    {
        var hash = await SHA256.HashDataAsync(content, cancellationToken);
        content.Position = 0;
        return Convert.ToHexStringLower(hash);
    }

    [LoggerMessage(EventId = 403, Level = LogLevel.Warning, Message = "{Key} was stored by a recovery from storage, and is replaced by the recorder's own, which tells of all that it does and more")]
    private partial void LogSucceeds(string key);
}

/// <summary>An object that a sink has confirmed.</summary>
/// <param name="Sha256">Its hash.</param>
/// <param name="Length">Its length in bytes.</param>
internal readonly record struct SentObject(string Sha256, long Length);
