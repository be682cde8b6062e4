using System.Net;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;

namespace SessionRecorder.Plugins;

/// <summary>A small object that is written to find out what a bucket allows. Thread-safe.</summary>
internal sealed class BucketProbe(S3Connection connection, ObjectSettings settings)
{
    /// <summary>Where it is written, below the sink's prefix.</summary>
    private const string Key = ".session-recorder-check/probe";

    private static readonly byte[] Content = "Session Recorder was here."u8.ToArray();

    /// <summary>Writes the probe as every object is written, save that it is not locked.</summary>
    public Task<PutObjectResponse> WriteAsync(bool onlyIfAbsent, CancellationToken cancellationToken) => connection.CallAsync(
        $"'{connection.Prefix}{Key}' could not be stored in {connection.Place}",
        null,
        (client, watch) =>
        {
            var put = PutOf(new MemoryStream(Content, writable: false));
            var request = new PutObjectRequest
            {
                BucketName = connection.Bucket,
                Key = connection.Prefix + Key,
                InputStream = put.Content,
                IfNoneMatch = onlyIfAbsent ? "*" : null,
                ChecksumAlgorithm = ChecksumAlgorithm.SHA256,
                ChecksumSHA256 = Hash.ToBase64(put.Sha256),
                UseChunkEncoding = false,
                DisablePayloadSigning = false,
            };
            settings.Apply(request, put);
            return client.PutObjectAsync(request, watch.Token);
        },
        cancellationToken);

    /// <summary>Whether the store writes although something lies under the key and the request forbids it.</summary>
    public async Task<bool> IsConditionIgnoredAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(onlyIfAbsent: true, cancellationToken);
            return true;
        }
        catch (StorageException e) when (IsStatus(e, HttpStatusCode.PreconditionFailed))
        {
            return false;
        }
    }

    /// <summary>An upload that is begun with a lock and never completed: it shows whether the bucket and the rights allow it, and leaves nothing.</summary>
    public Task TryLockAsync(CancellationToken cancellationToken) => connection.CallAsync(
        $"an object lock could not be set in {connection.Place}",
        null,
        async (client, watch) =>
        {
            var request = new InitiateMultipartUploadRequest { BucketName = connection.Bucket, Key = connection.Prefix + Key };
            settings.Apply(request, PutOf(Stream.Null) with { Replace = false });
            var begun = await client.InitiateMultipartUploadAsync(request, watch.Token);
            await IsAllowedAsync(() => client.AbortMultipartUploadAsync(connection.Bucket, request.Key, begun.UploadId, watch.Token));
            return begun;
        },
        cancellationToken);

    /// <summary>Some stores look at the lock only when the object is complete; the bucket's configuration tells, where it may be read.</summary>
    /// <returns>Null where it may not be read.</returns>
    public Task<bool?> IsLockEnabledAsync(CancellationToken cancellationToken) => connection.CallAsync<bool?>(
        $"the bucket's lock could not be looked at in {connection.Place}",
        null,
        async (client, watch) =>
        {
            try
            {
                var answer = await client.GetObjectLockConfigurationAsync(new() { BucketName = connection.Bucket }, watch.Token);
                return answer.ObjectLockConfiguration?.ObjectLockEnabled == ObjectLockEnabled.Enabled;
            }
            catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.Forbidden)
            {
                return null;
            }
            catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket")
            {
                return false;
            }
        },
        cancellationToken);

    /// <summary>Rights that recording does not need: what looking at recordings and cleaning up can count on. Removes the probe.</summary>
    public Task<(string Name, bool IsGiven)[]> FindRightsAsync(CancellationToken cancellationToken) => connection.CallAsync(
        $"the rights in {connection.Place} could not be found out",
        null,
        async (client, watch) =>
        {
            var key = connection.Prefix + Key;
            return new (string Name, bool IsGiven)[]
            {
                ("read", await IsAllowedAsync(() => client.GetObjectMetadataAsync(connection.Bucket, key, watch.Token))),
                ("list", await IsAllowedAsync(() => client.ListObjectsV2Async(
                    new() { BucketName = connection.Bucket, Prefix = key, MaxKeys = 1 }, watch.Token))),
                ("delete", await IsAllowedAsync(() => client.DeleteObjectAsync(connection.Bucket, key, watch.Token))),
            };
        },
        cancellationToken);

    private static async Task<bool> IsAllowedAsync<T>(Func<Task<T>> request)
    {
        try
        {
            await request();
            return true;
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed)
        {
            return false;
        }
    }

    /// <summary>As the manifest: replaced, and so never locked.</summary>
    private static StoragePut PutOf(Stream stream) => new()
    {
        Key = Key,
        Content = stream,
        Length = stream.Length,
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(Content)),
        ContentType = "text/plain",
        Replace = true,
    };

    private static bool IsStatus(StorageException e, HttpStatusCode status) =>
        S3Failures.Find<AmazonS3Exception>(e)?.StatusCode == status;
}
