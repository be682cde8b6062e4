using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Stores objects in a bucket. Thread-safe, also against other processes storing there.</summary>
/// <remarks>
/// <para>
/// It needs no right beyond <c>s3:PutObject</c>: the store verifies the SHA-256 that is sent with an object, so its answer
/// is the confirmation. What is not to be replaced is written under the condition that nothing lies under the key.
/// </para>
/// <para>
/// When an answer gets lost, the next attempt finds something under the key: its own, or somebody else's? Where it may
/// look, it compares. Where it may not, everything goes up as a multipart upload, whose last step can be asked again
/// and then tells. Only when the process died in between can nobody know; that is a conflict.
/// </para>
/// </remarks>
internal sealed class S3StorageSink(
    S3Connection connection, SingleUpload single, MultipartUpload multipart, IOptions<S3StorageOptions> options, TimeProvider time)
    : IStorageSink, ITemporaryObjects
{
    private const int PageSize = 1000;

    /// <summary>A bucket's lifecycle rule may remove what is older than a day.</summary>
    private static readonly TimeSpan OldestUpload = TimeSpan.FromHours(12);

    /// <summary>Uploads whose completion was not answered, by key. At most as many as there are uploads at a time.</summary>
    private readonly ConcurrentDictionary<string, SentUpload> _unanswered = [];

    /// <summary>What the store refused once over a connection without TLS, by key.</summary>
    private readonly ConcurrentDictionary<string, string> _refused = [];

    /// <summary>Whether objects may be looked at; null before it was tried.</summary>
    private volatile Tuple<bool>? _mayLook;

    public async Task<StoredObject> PutAsync(StoragePut put, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(put);
        StorageKey.ThrowIfInvalid(put.Key);
        Announcement.ThrowIfBroken(put);
        try
        {
            var stored = put.Replace ? await ReplaceAsync(put, cancellationToken) : await AddAsync(put, cancellationToken);
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
            $"'{key}' could not be looked for in {connection.Place}", key, (client, watch) => HeadAsync(client, key, watch.Token), cancellationToken);
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = connection.Bucket, Prefix = connection.Prefix + prefix, MaxKeys = PageSize };
        do
        {
            var page = await connection.CallAsync(
                $"{connection.Place} could not be listed", null, (client, watch) => client.ListObjectsV2Async(request, watch.Token), cancellationToken);
            foreach (var found in page.S3Objects ?? [])
            {
                // Whatever else lies in the bucket and is no object of ours has no valid key.
                var key = found.Key[connection.Prefix.Length..];
                if (StorageKey.IsValid(key))
                {
                    yield return new StoredObject(key, found.Size ?? 0, null, Utc(found.LastModified));
                }
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
        while (request.ContinuationToken is not null);
    }

    public Task<Stream> OpenReadAsync(string key, CancellationToken cancellationToken)
    {
        StorageKey.ThrowIfInvalid(key);
        return connection.CallAsync<Stream>(
            $"'{key}' could not be read from {connection.Place}",
            key,
            async (client, watch) =>
            {
                var answer = await client.GetObjectAsync(connection.Bucket, connection.Prefix + key, watch.Token);
                return new DownloadStream(answer.ResponseStream, answer.ContentLength, answer, (read, token) =>
                    connection.WatchAsync($"'{key}' could not be read to its end from {connection.Place}", key, read, token));
            },
            cancellationToken);
    }

    public Task DeleteTemporaryAsync(string key, CancellationToken cancellationToken)
    {
        StorageKey.ThrowIfInvalid(key);
        // S3 answers the same whether or not there was something.
        return connection.CallAsync(
            $"'{key}' could not be deleted from {connection.Place}",
            key,
            (client, watch) => client.DeleteObjectAsync(connection.Bucket, connection.Prefix + key, watch.Token),
            cancellationToken);
    }

    /// <summary>
    /// A request that was damaged on its way can be refused for any reason, so without TLS, which would have noticed, a
    /// refusal is believed only the second time.
    /// </summary>
    private bool IsPerhapsDamage(StorageException e) =>
        !e.IsTransient && e.Failure is StorageFailure.Denied or StorageFailure.Invalid && options.Value.Endpoint?.Scheme == "http";

    private bool IsLarge(StoragePut put) => put.Length > options.Value.PartBytes;

    private async Task<StoredObject> ReplaceAsync(StoragePut put, CancellationToken cancellationToken) =>
        IsLarge(put)
            ? (await multipart.CompleteAsync(put, await multipart.SendAsync(put, cancellationToken), isRepeated: false, cancellationToken))!
            : (await single.StoreAsync(put, cancellationToken))!;

    private async Task<StoredObject> AddAsync(StoragePut put, CancellationToken cancellationToken)
    {
        var isLarge = IsLarge(put);
        if (_unanswered.TryRemove(put.Key, out var sent) && sent.Sha256 == put.Sha256 && time.GetUtcNow() - sent.SentAt < OldestUpload)
        {
            return await CompleteAsync(put, sent, isRepeated: true, cancellationToken);
        }

        // The first time to learn the rights; for a large object rather than to learn of another after its last part.
        if ((_mayLook is null || (isLarge && _mayLook.Item1)) && await TryFindAsync(put.Key, cancellationToken) is { Object: { } present })
        {
            return Same(put, present);
        }

        return isLarge || _mayLook is { Item1: false }
            ? await CompleteAsync(put, await multipart.SendAsync(put, cancellationToken), isRepeated: false, cancellationToken)
            : await single.StoreAsync(put, cancellationToken) ?? await JudgePresentAsync(put, cancellationToken);
    }

    private async Task<StoredObject> CompleteAsync(StoragePut put, SentUpload sent, bool isRepeated, CancellationToken cancellationToken)
    {
        try
        {
            return await multipart.CompleteAsync(put, sent, isRepeated, cancellationToken) ?? await JudgePresentAsync(put, cancellationToken);
        }
        catch (Exception e) when (e is OperationCanceledException or StorageException { IsTransient: true })
        {
            _unanswered[put.Key] = sent;
            throw;
        }
    }

    /// <summary>Something lies under the key: is it what was to be stored?</summary>
    private async Task<StoredObject> JudgePresentAsync(StoragePut put, CancellationToken cancellationToken) =>
        await TryFindAsync(put.Key, cancellationToken) switch
        {
            (true, { } present) => Same(put, present),
            (true, null) => throw new StorageException(
                $"'{put.Key}' was stored by another process and removed again meanwhile", StorageFailure.Other, isTransient: true, put.Key),
            _ => throw Conflict(put, "something is stored", "Allow s3:GetObject, so that it can be compared; "),
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
        present.Length == put.Length && present.Sha256 == put.Sha256 ? present : throw Conflict(put, "something else is stored", "");

    private StorageException Conflict(StoragePut put, string what, string remedy) => new(
        $"{what} under '{put.Key}' in {connection.Place} already",
        StorageFailure.Conflict,
        isTransient: false,
        put.Key,
        $"{remedy}{(remedy.Length > 0 ? "m" : "M")}ove the stored object away if it is not wanted.");

    private async Task<StoredObject?> HeadAsync(IAmazonS3 client, string key, CancellationToken cancellationToken)
    {
        var request = new GetObjectMetadataRequest { BucketName = connection.Bucket, Key = connection.Prefix + key };
        try
        {
            var head = await client.GetObjectMetadataAsync(request, cancellationToken);
            var sha256 = head.Metadata[ObjectSettings.HashName] ?? await ReadChecksumAsync(client, request, cancellationToken);
            return new StoredObject(key, head.ContentLength, sha256, Utc(head.LastModified));
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>The checksum of an object that another program stored. Asked for by itself: with KMS it takes the right to decrypt.</summary>
    private static async Task<string?> ReadChecksumAsync(IAmazonS3 client, GetObjectMetadataRequest request, CancellationToken cancellationToken)
    {
        request.ChecksumMode = ChecksumMode.ENABLED;
        try
        {
            return Hash.FromBase64((await client.GetObjectMetadataAsync(request, cancellationToken)).ChecksumSHA256);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.Forbidden)
        {
            return null;
        }
    }

    private static DateTimeOffset? Utc(DateTime? time) =>
        time is { } known ? new DateTimeOffset(known.ToUniversalTime(), TimeSpan.Zero) : null;
}
