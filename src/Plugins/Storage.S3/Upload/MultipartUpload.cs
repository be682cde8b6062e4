using System.Buffers;
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
    S3Connection connection, ObjectSettings settings, IOptions<S3StorageOptions> options, TransferLimits limits, TimeProvider time,
    ILogger<MultipartUpload> logger)
{
    private const int MostParts = 9_999;
    private const string NoSuchUpload = "NoSuchUpload";
    private const int BufferBytes = 128 * 1024;

    /// <summary>Sends all parts. The store checks each against its SHA-256, and the whole is checked here.</summary>
    /// <returns>What is there to be completed.</returns>
    /// <exception cref="StorageException">Not all of it arrived; nothing is stored.</exception>
    public async Task<SentUpload> SendAsync(StoragePut put, CancellationToken cancellationToken)
    {
        var id = await CallAsync(put, (client, watch) => BeginAsync(client, put, watch), cancellationToken);
        try
        {
            return new SentUpload(put.Sha256, id, await SendPartsAsync(put, id, cancellationToken), time.GetUtcNow());
        }
        catch
        {
            await AbortAsync(put.Key, id);
            throw;
        }
    }

    /// <summary>Makes an object of the parts.</summary>
    /// <param name="put">What was sent.</param>
    /// <param name="upload">What is to be completed.</param>
    /// <param name="isRepeated">
    /// Whether this was asked before and no answer came. The upload's id is known to nobody else, so an upload that is gone by
    /// then was completed then: this proves what is stored without the right to read it.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What is stored; null when something else lies under the key and is not to be replaced.</returns>
    /// <exception cref="StorageException">It was not stored, or its fate is not known; it may be asked again.</exception>
    public async Task<StoredObject?> CompleteAsync(StoragePut put, SentUpload upload, bool isRepeated, CancellationToken cancellationToken)
    {
        var stored = await CallAsync(put, (client, watch) => CompleteAsync(client, put, upload, isRepeated, watch), cancellationToken);
        if (stored is null)
        {
            await AbortAsync(put.Key, upload.Id);
        }

        return stored;
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
        for (long start = 0; start == 0 || start < put.Length; start += partBytes)
        {
            var range = (Start: start, Length: Math.Min(partBytes, put.Length - start), Number: parts.Count + 1);
            parts.Add(await CallAsync(
                put,
                async (client, watch) =>
                {
                    var hash = HashPart(put.Content, range.Start, range.Length, whole, watch);
                    return await SendPartAsync(client, put, upload, range, hash, watch);
                },
                cancellationToken));
        }

        return Convert.ToHexStringLower(whole.GetHashAndReset()) == put.Sha256
            ? parts
            : throw new StorageException(
                $"the bytes that came for '{put.Key}' are not those that were announced", StorageFailure.Corrupted, isTransient: true, put.Key);
    }

    private static byte[] HashPart(Stream content, long start, long length, IncrementalHash whole, StallWatch watch)
    {
        using var part = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            HashPart(content, start, length, buffer, part, whole, watch);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContentException(e.Message, e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return part.GetHashAndReset();
    }

    /// <remarks>Synchronously, as the SDK hashes: asynchronous reading is sending, and counts against a bandwidth limit.</remarks>
    private static void HashPart(
        Stream content, long start, long length, byte[] buffer, IncrementalHash part, IncrementalHash whole, StallWatch watch)
    {
        content.Position = start;
        for (var left = length; left > 0;)
        {
            watch.Token.ThrowIfCancellationRequested();
            var read = content.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0)
            {
                throw new ContentException($"they end after {start + length - left} bytes");
            }

            part.AppendData(buffer, 0, read);
            whole.AppendData(buffer, 0, read);
            watch.Progress();
            left -= read;
        }
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
        IAmazonS3 client, StoragePut put, SentUpload upload, bool isRepeated, StallWatch watch)
    {
        var request = new CompleteMultipartUploadRequest
        {
            BucketName = connection.Bucket,
            Key = connection.Prefix + put.Key,
            UploadId = upload.Id,
            IfNoneMatch = put.Replace ? null : "*",
            ChecksumType = ChecksumType.COMPOSITE,
            PartETags = [.. upload.Parts.Select(part => new PartETag(part.Number, part.Tag) { ChecksumSHA256 = Convert.ToBase64String(part.Hash) })],
        };
        try
        {
            var answer = await client.CompleteMultipartUploadAsync(request, watch.Token);
            return Hash.IsOther(answer.ChecksumSHA256, Hash.Composite([.. upload.Parts.Select(part => part.Hash)]))
                ? throw Hash.Mismatch(put, connection.Place)
                : Stored(put);
        }
        catch (AmazonS3Exception e)
        {
            // Stores differ in what they say about an upload that was completed already; so ask about the upload itself.
            if (isRepeated && await IsGoneAsync(client, put.Key, upload, watch.Token))
            {
                return Stored(put);
            }

            if (!put.Replace && e.StatusCode == HttpStatusCode.PreconditionFailed)
            {
                return null;
            }

            throw;
        }
    }

    /// <summary>Whether an upload is over, found out with the right to put alone: by one more part, which nobody will use.</summary>
    private async Task<bool> IsGoneAsync(IAmazonS3 client, string key, SentUpload upload, CancellationToken cancellationToken)
    {
        var request = new UploadPartRequest
        {
            BucketName = connection.Bucket,
            Key = connection.Prefix + key,
            UploadId = upload.Id,
            PartNumber = upload.Parts.Count + 1,
            PartSize = 1,
            InputStream = new MemoryStream(new byte[1]),
            ChecksumAlgorithm = ChecksumAlgorithm.SHA256,
            UseChunkEncoding = false,
        };
        try
        {
            await client.UploadPartAsync(request, cancellationToken);
            return false;
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == NoSuchUpload)
        {
            return true;
        }
    }

    private static StoredObject Stored(StoragePut put) => new(put.Key, put.Length, put.Sha256, null);

    /// <summary>Best effort, and short: the right to it may be missing, and a lifecycle rule removes what is left.</summary>
    public async Task AbortAsync(string key, string upload)
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
}

/// <summary>An upload whose parts have all arrived.</summary>
/// <param name="Sha256">The SHA-256 of the whole, hexadecimal.</param>
/// <param name="Id">The store's id for it, which it gave to nobody else.</param>
/// <param name="Parts">The parts in order.</param>
/// <param name="SentAt">When the last of them had arrived.</param>
internal sealed record SentUpload(string Sha256, string Id, IReadOnlyList<SentPart> Parts, DateTimeOffset SentAt);

/// <summary>A part that has arrived.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Tag">The store's name for it.</param>
/// <param name="Hash">Its SHA-256.</param>
internal sealed record SentPart(int Number, string Tag, byte[] Hash);
