using System.Net;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>
/// Sends a large object in parts, one after the other straight from its stream, so that memory stays flat. Nothing is
/// visible before the last step. Thread-safe.
/// </summary>
internal sealed partial class MultipartUpload(
    S3Connection connection, ObjectSettings settings, IOptions<S3StorageOptions> options, TransferLimits limits, ILogger<MultipartUpload> logger)
{
    private const int MostParts = 10_000;
    private const int BufferBytes = 128 * 1024;

    /// <summary>Stores it. The store checks each part against its SHA-256; the whole is checked here before it is completed.</summary>
    /// <param name="put">What to store.</param>
    /// <param name="onDecisive">Called right before the request that decides: from then on it may be stored.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What is stored; null when something lies under the key already and is not to be replaced.</returns>
    /// <exception cref="StorageException">It was not stored, or its fate is not known.</exception>
    public async Task<StoredObject?> StoreAsync(StoragePut put, Action onDecisive, CancellationToken cancellationToken)
    {
        var upload = await CallAsync(put, (client, watch) => BeginAsync(client, put, watch), cancellationToken);
        var isDone = false;
        try
        {
            var parts = await SendPartsAsync(put, upload, cancellationToken);
            onDecisive();
            var stored = await CallAsync(put, (client, watch) => CompleteAsync(client, put, upload, parts, watch), cancellationToken);
            isDone = stored is not null;
            return stored;
        }
        finally
        {
            if (!isDone)
            {
                await AbortAsync(put.Key, upload);
            }
        }
    }

    private Task<T> CallAsync<T>(StoragePut put, Func<IAmazonS3, StallWatch, Task<T>> call, CancellationToken cancellationToken) =>
        connection.CallAsync($"'{put.Key}' could not be stored in {connection.Place}", put.Key, call, cancellationToken);

    private async Task<string> BeginAsync(IAmazonS3 client, StoragePut put, StallWatch watch)
    {
        var request = new InitiateMultipartUploadRequest
        {
            BucketName = connection.Bucket,
            Key = connection.Prefix + put.Key,
            ChecksumAlgorithm = ChecksumAlgorithm.SHA256,
            ChecksumType = ChecksumType.COMPOSITE,
        };
        settings.Apply(request, put);
        return (await client.InitiateMultipartUploadAsync(request, watch.Token)).UploadId;
    }

    private async Task<List<SentPart>> SendPartsAsync(StoragePut put, string upload, CancellationToken cancellationToken)
    {
        var partBytes = Math.Max(options.Value.PartBytes, (put.Length + MostParts - 1) / MostParts);
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        List<SentPart> parts = [];
        for (long start = 0; start < put.Length; start += partBytes)
        {
            var range = (Start: start, Length: Math.Min(partBytes, put.Length - start), Number: parts.Count + 1);
            parts.Add(await CallAsync(
                put,
                async (client, watch) =>
                {
                    var hash = await HashPartAsync(new UploadStream(put.Content, range.Start, range.Length, watch), whole, watch.Token);
                    return await SendPartAsync(client, put, upload, range, hash, watch);
                },
                cancellationToken));
        }

        return Convert.ToHexStringLower(whole.GetHashAndReset()) == put.Sha256
            ? parts
            : throw new StorageException(
                $"the bytes that came for '{put.Key}' are not those that were announced", StorageFailure.Corrupted, isTransient: true, put.Key);
    }

    private static async Task<byte[]> HashPartAsync(UploadStream content, IncrementalHash whole, CancellationToken cancellationToken)
    {
        using var part = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
        int read;
        while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
        {
            part.AppendData(buffer, 0, read);
            whole.AppendData(buffer, 0, read);
        }

        return part.GetHashAndReset();
    }

    private async Task<SentPart> SendPartAsync(
        IAmazonS3 client, StoragePut put, string upload, (long Start, long Length, int Number) range, byte[] hash, StallWatch watch)
    {
        var request = new UploadPartRequest
        {
            BucketName = connection.Bucket,
            Key = connection.Prefix + put.Key,
            UploadId = upload,
            PartNumber = range.Number,
            PartSize = range.Length,
            InputStream = new UploadStream(put.Content, range.Start, range.Length, watch),
            ChecksumAlgorithm = ChecksumAlgorithm.SHA256,
            ChecksumSHA256 = Convert.ToBase64String(hash),
            UseChunkEncoding = false,
            DisablePayloadSigning = false,
        };
        var answer = await client.UploadPartAsync(request, watch.Token);
        return new SentPart(range.Number, answer.ETag, hash);
    }

    private async Task<StoredObject?> CompleteAsync(
        IAmazonS3 client, StoragePut put, string upload, List<SentPart> parts, StallWatch watch)
    {
        var request = new CompleteMultipartUploadRequest
        {
            BucketName = connection.Bucket,
            Key = connection.Prefix + put.Key,
            UploadId = upload,
            IfNoneMatch = put.Replace ? null : "*",
            ChecksumType = ChecksumType.COMPOSITE,
            PartETags = [.. parts.Select(part => new PartETag(part.Number, part.Tag) { ChecksumSHA256 = Convert.ToBase64String(part.Hash) })],
        };
        try
        {
            var answer = await client.CompleteMultipartUploadAsync(request, watch.Token);
            return Hash.IsOther(answer.ChecksumSHA256, Hash.Composite([.. parts.Select(part => part.Hash)]))
                ? throw Hash.Mismatch(put, connection.Place)
                : new StoredObject(put.Key, put.Length, put.Sha256, null);
        }
        catch (AmazonS3Exception e) when (!put.Replace && e.StatusCode == HttpStatusCode.PreconditionFailed)
        {
            return null;
        }
    }

    /// <summary>Best effort, and short: the right to it may be missing, and a lifecycle rule removes what is left.</summary>
    private async Task AbortAsync(string key, string upload)
    {
        using var limit = new CancellationTokenSource(limits.CleanUp);
        try
        {
            await connection.CallAsync(
                $"the unfinished upload of '{key}' could not be removed from {connection.Place}",
                key,
                (client, watch) => client.AbortMultipartUploadAsync(connection.Bucket, connection.Prefix + key, upload, watch.Token),
                limit.Token);
        }
        catch (Exception e) when (e is StorageException or OperationCanceledException)
        {
            LogLeft(key, e.Message);
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "The parts of an upload of {Key} stay in the bucket until its lifecycle rule removes them: {Reason}")]
    private partial void LogLeft(string key, string reason);

    private sealed record SentPart(int Number, string Tag, byte[] Hash);
}
