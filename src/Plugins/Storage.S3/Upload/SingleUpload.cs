using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace SessionRecorder.Plugins;

/// <summary>Sends an object in one request. Thread-safe.</summary>
internal sealed class SingleUpload(S3Connection connection, ObjectSettings settings)
{
    /// <summary>Stores it. The store checks the bytes against their SHA-256 before it keeps any of them.</summary>
    /// <returns>What is stored; null when something lies under the key already and is not to be replaced.</returns>
    /// <exception cref="StorageException">It was not stored, or its fate is not known.</exception>
    public Task<StoredObject?> StoreAsync(StoragePut put, CancellationToken cancellationToken) => connection.CallAsync(
        $"'{put.Key}' could not be stored in {connection.Place}",
        put.Key,
        (client, watch) => SendAsync(client, put, watch),
        cancellationToken);

    private async Task<StoredObject?> SendAsync(IAmazonS3 client, StoragePut put, StallWatch watch)
    {
        var request = new PutObjectRequest
        {
            BucketName = connection.Bucket,
            Key = connection.Prefix + put.Key,
            InputStream = new UploadStream(put.Content, 0, put.Length, watch),
            AutoCloseStream = false,
            IfNoneMatch = put.Replace ? null : "*",
            // Both: with the value alone the SDK sends a CRC and leaves the value out.
            ChecksumAlgorithm = ChecksumAlgorithm.SHA256,
            ChecksumSHA256 = Hash.ToBase64(put.Sha256),
            // The signature covers the bytes' hash, so a store that knows no checksums still notices damage.
            UseChunkEncoding = false,
            DisablePayloadSigning = false,
        };
        settings.Apply(request, put);
        try
        {
            var answer = await client.PutObjectAsync(request, watch.Token);
            return Hash.IsOther(answer.ChecksumSHA256, request.ChecksumSHA256)
                ? throw Hash.Mismatch(put, connection.Place)
                : new StoredObject(put.Key, put.Length, put.Sha256, null);
        }
        catch (AmazonS3Exception e) when (!put.Replace && e.StatusCode == HttpStatusCode.PreconditionFailed)
        {
            return null;
        }
    }
}
