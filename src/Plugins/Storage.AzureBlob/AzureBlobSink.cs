using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Stores objects in a container. Thread-safe, also against other processes storing there.</summary>
/// <remarks>
/// <para>
/// It needs no right beyond creating and writing blobs: the store verifies the MD5 that is sent with the bytes, and the bytes'
/// SHA-256 is verified here as they are read, so its answer is the confirmation. What is not to be replaced is written under
/// the condition that nothing lies under the key.
/// </para>
/// <para>
/// When an answer gets lost, the next attempt finds something under the key: its own, or somebody else's? Where it may
/// look, it compares. Where it may not, everything goes up in blocks, whose ids say whose they are.
/// </para>
/// </remarks>
internal sealed class AzureBlobSink(
    ContainerConnection connection, SingleUpload single, BlockUpload blocks, IOptions<AzureBlobOptions> options) : IStorageSink, ITemporaryObjects
{
    private const long LargestPut = 5000L << 20;

    /// <summary>What the store refused once over a connection without TLS, by key.</summary>
    private readonly ConcurrentDictionary<string, string> _refused = [];

    /// <summary>Whether objects may be looked at, and whether blocks may be sent; null before it was tried.</summary>
    private volatile Tuple<bool>? _mayLook;
    private volatile Tuple<bool>? _mayBlock;

    public async Task<StoredObject> PutAsync(StoragePut put, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(put);
        StorageKey.ThrowIfInvalid(put.Key);
        Announcement.ThrowIfBroken(put);
        try
        {
            var stored = put.Replace ? await StoreAsync(put, IsLarge(put), cancellationToken) : await AddAsync(put, cancellationToken);
            _refused.TryRemove(put.Key, out _);
            return stored;
        }
        catch (StorageException e) when (IsPerhapsDamage(e) && _refused.TryAdd(put.Key, put.Sha256))
        {
            throw new StorageException(e.Message, e.Failure, isTransient: true, e.Key, e.Remedy, e.InnerException);
        }
    }

    public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken)
    {
        StorageKey.ThrowIfInvalid(key);
        return connection.CallAsync(
            $"'{key}' could not be looked for in {connection.Place}", key, (container, watch) => LookAsync(container, key, watch.Token), cancellationToken);
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? next = null;
        do
        {
            var page = await connection.CallAsync(
                $"{connection.Place} could not be listed", null, (container, watch) => ListPageAsync(container, prefix, next, watch.Token), cancellationToken);
            foreach (var blob in page.Values)
            {
                // Whatever else lies in the container and is no object of ours has no valid key.
                var key = blob.Name[connection.Prefix.Length..];
                if (StorageKey.IsValid(key))
                {
                    yield return new StoredObject(key, blob.Properties.ContentLength ?? 0, HashIn(blob.Metadata), blob.Properties.LastModified);
                }
            }

            next = page.ContinuationToken;
        }
        while (!string.IsNullOrEmpty(next));
    }

    public Task<Stream> OpenReadAsync(string key, CancellationToken cancellationToken)
    {
        StorageKey.ThrowIfInvalid(key);
        return connection.CallAsync<Stream>(
            $"'{key}' could not be read from {connection.Place}",
            key,
            async (container, watch) =>
            {
                var answer = await container.GetBlobClient(connection.Prefix + key).DownloadStreamingAsync(cancellationToken: watch.Token);
                var content = answer.Value.Content;
                return new DownloadStream(content, answer.Value.Details.ContentLength, content, (read, token) =>
                    connection.WatchAsync($"'{key}' could not be read to its end from {connection.Place}", key, read, token));
            },
            cancellationToken);
    }

    public Task DeleteTemporaryAsync(string key, CancellationToken cancellationToken)
    {
        StorageKey.ThrowIfInvalid(key);
        return connection.CallAsync(
            $"'{key}' could not be deleted from {connection.Place}",
            key,
            async (container, watch) =>
            {
                try
                {
                    await container.GetBlobClient(connection.Prefix + key).DeleteAsync(cancellationToken: watch.Token);
                    return true;
                }
                catch (RequestFailedException e) when (AzureAnswers.IsAbsent(e))
                {
                    return false;
                }
            },
            cancellationToken);
    }

    /// <summary>
    /// A request that was damaged on its way can be refused for any reason, so without TLS, which would have noticed, a
    /// refusal is believed only the second time.
    /// </summary>
    private bool IsPerhapsDamage(StorageException e) =>
        !e.IsTransient && e.Failure is StorageFailure.Denied or StorageFailure.Invalid && connection.IsPlain;

    private bool IsLarge(StoragePut put) => put.Length > options.Value.SinglePutBytes;

    private async Task<StoredObject> AddAsync(StoragePut put, CancellationToken cancellationToken)
    {
        // The first time to learn the rights; for a large object rather than to learn of another after its last block.
        if ((_mayLook is null || (IsLarge(put) && _mayLook.Item1)) && await TryFindAsync(put.Key, cancellationToken) is { Object: { } present })
        {
            return Same(put, present);
        }

        return await StoreAsync(put, IsLarge(put) || (_mayLook is { Item1: false } && put.Length > 0), cancellationToken);
    }

    private async Task<StoredObject> StoreAsync(StoragePut put, bool inBlocks, CancellationToken cancellationToken)
    {
        if (inBlocks && (_mayBlock is not { Item1: false } || put.Length > LargestPut) && await TrySendBlocksAsync(put, cancellationToken) is { } md5)
        {
            return await blocks.CommitAsync(put, md5, cancellationToken) ?? await JudgePresentAsync(put, md5, cancellationToken);
        }

        return await single.StoreAsync(put, cancellationToken) ?? await JudgePresentAsync(put, null, cancellationToken);
    }

    /// <summary>Sends the blocks; null where only whole objects may be created.</summary>
    private async Task<byte[]?> TrySendBlocksAsync(StoragePut put, CancellationToken cancellationToken)
    {
        try
        {
            var md5 = await blocks.SendAsync(put, cancellationToken);
            _mayBlock = Tuple.Create(true);
            return md5;
        }
        catch (StorageException e) when (e.Failure == StorageFailure.Denied && put.Length <= LargestPut && _mayBlock is null)
        {
            _mayBlock = Tuple.Create(false);
            return null;
        }
    }

    /// <summary>Something lies under the key: is it what was to be stored?</summary>
    private async Task<StoredObject> JudgePresentAsync(StoragePut put, byte[]? md5, CancellationToken cancellationToken) =>
        await TryFindAsync(put.Key, cancellationToken) switch
        {
            (true, { } present) => Same(put, present),
            (true, null) => throw new StorageException(
                $"'{put.Key}' was stored by another process and removed again meanwhile", StorageFailure.Other, isTransient: true, put.Key),
            _ when md5 is not null => await blocks.ClaimAsync(put, md5, cancellationToken) ?? throw Conflict(put, "something else, or what another program has stored, lies"),
            _ => throw Conflict(put, "something that may not be looked at lies"),
        };

    private async Task<(bool MayLook, StoredObject? Object)> TryFindAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            var found = await FindAsync(key, cancellationToken);
            _mayLook = Tuple.Create(true);
            return (true, found);
        }
        catch (StorageException e) when (e.Failure == StorageFailure.Denied)
        {
            _mayLook = Tuple.Create(false);
            return (false, null);
        }
    }

    private StoredObject Same(StoragePut put, StoredObject present) =>
        present.Length == put.Length && present.Sha256 == put.Sha256 ? present : throw Conflict(put, "something else is stored");

    private StorageException Conflict(StoragePut put, string what) => new(
        $"{what} under '{put.Key}' in {connection.Place} already",
        StorageFailure.Conflict,
        isTransient: false,
        put.Key,
        _mayLook is { Item1: false }
            ? "Allow reading, so that it can be compared; move the stored object away if it is not wanted."
            : "Move the stored object away if it is not wanted.");

    private async Task<StoredObject?> LookAsync(BlobContainerClient container, string key, CancellationToken cancellationToken)
    {
        try
        {
            var found = (await container.GetBlobClient(connection.Prefix + key).GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            return new StoredObject(key, found.ContentLength, HashIn(found.Metadata), found.LastModified);
        }
        catch (RequestFailedException e) when (AzureAnswers.IsAbsent(e))
        {
            return null;
        }
    }

    private async Task<Page<BlobItem>> ListPageAsync(BlobContainerClient container, string prefix, string? next, CancellationToken cancellationToken)
    {
        var wanted = new GetBlobsOptions { Traits = BlobTraits.Metadata, Prefix = connection.Prefix + prefix };
        await foreach (var page in container.GetBlobsAsync(wanted, cancellationToken).AsPages(next))
        {
            return page;
        }

        return Page<BlobItem>.FromValues([], null, null!);
    }

    private static string? HashIn(IDictionary<string, string>? metadata) =>
        metadata?.FirstOrDefault(pair => pair.Key.Equals(BlobSettings.HashName, StringComparison.OrdinalIgnoreCase)).Value;
}
