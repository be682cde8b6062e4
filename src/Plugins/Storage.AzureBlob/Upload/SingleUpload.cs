using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;

namespace SessionRecorder.Plugins;

/// <summary>Sends an object in one request, straight from its stream. Thread-safe.</summary>
internal sealed class SingleUpload(ContainerConnection connection, BlobSettings settings)
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>Stores it. The store checks the bytes against their MD5 before it keeps any of them; the SHA-256 is checked here.</summary>
    /// <returns>What is stored; null when something lies under the key already and is not to be replaced.</returns>
    /// <exception cref="StorageException">It was not stored, or its fate is not known.</exception>
    public Task<StoredObject?> StoreAsync(StoragePut put, CancellationToken cancellationToken) => connection.CallAsync(
        $"'{put.Key}' could not be stored in {connection.Place}",
        put.Key,
        (container, watch) => SendAsync(container, put, watch),
        cancellationToken);

    private async Task<StoredObject?> SendAsync(BlobContainerClient container, StoragePut put, StallWatch watch)
    {
        var content = new UploadStream(put.Content, 0, put.Length, watch);
        var md5 = await HashAsync(content, put, watch.Token);
        content.Position = 0;
        var options = settings.ForPut(put);
        // One request, whatever the SDK would think best.
        options.TransferOptions = new() { InitialTransferSize = put.Length + 1, MaximumConcurrency = 1 };
        try
        {
            using var scope = ContentMd5Policy.Send(md5);
            var answer = await container.GetBlockBlobClient(connection.Prefix + put.Key).UploadAsync(content, options, watch.Token);
            ContentHash.ThrowIfOther(answer.Value.ContentHash, md5, put, connection.Place);
            return new StoredObject(put.Key, put.Length, put.Sha256, answer.Value.LastModified);
        }
        catch (RequestFailedException e) when (!put.Replace && AzureAnswers.IsPresent(e))
        {
            return null;
        }
    }

    private static async Task<byte[]> HashAsync(UploadStream content, StoragePut put, CancellationToken cancellationToken)
    {
        using var hash = new ContentHash();
        var buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
        int read;
        while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
        {
            hash.Add(buffer.AsSpan(0, read));
        }

        return hash.Finish(put);
    }
}
