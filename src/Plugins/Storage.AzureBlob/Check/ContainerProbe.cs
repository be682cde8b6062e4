using System.Security.Cryptography;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace SessionRecorder.Plugins;

/// <summary>A small object that is written to find out what a container allows. Thread-safe.</summary>
internal sealed class ContainerProbe(ContainerConnection connection, BlobSettings settings)
{
    /// <summary>Where it is written, below the sink's prefix.</summary>
    private const string Key = ".session-recorder-check/probe";

    private static readonly byte[] Content = "Session Recorder was here."u8.ToArray();

    /// <summary>Where it is written, for people.</summary>
    public string Name => connection.Prefix + Key;

    /// <summary>Writes the probe as the manifest is written: it replaces, and is not protected.</summary>
    public Task<BlobContentInfo> WriteAsync(CancellationToken cancellationToken) => connection.CallAsync(
        $"'{Name}' could not be stored in {connection.Place}",
        null,
        async (container, watch) => (await WriteAsync(container, settings.ForPut(PutOf()), watch.Token)).Value,
        cancellationToken);

    /// <summary>Whether the store writes although something lies under the key and the request forbids it.</summary>
    public Task<bool> IsConditionIgnoredAsync(CancellationToken cancellationToken) => connection.CallAsync(
        $"'{Name}' could not be stored in {connection.Place}",
        null,
        async (container, watch) =>
        {
            var options = settings.ForPut(PutOf());
            options.Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All };
            try
            {
                await WriteAsync(container, options, watch.Token);
                return true;
            }
            catch (RequestFailedException e) when (AzureAnswers.IsPresent(e))
            {
                return false;
            }
        },
        cancellationToken);

    /// <summary>Whether the container takes protection of single objects.</summary>
    /// <returns>Null where that may not be asked.</returns>
    public Task<bool?> IsProtectionEnabledAsync(CancellationToken cancellationToken) => connection.CallAsync<bool?>(
        $"the container's settings could not be read in {connection.Place}",
        null,
        async (container, watch) =>
        {
            try
            {
                return (await container.GetPropertiesAsync(cancellationToken: watch.Token)).Value.HasImmutableStorageWithVersioning;
            }
            catch (RequestFailedException e) when (e.Status is 401 or 403 or 404)
            {
                return null;
            }
        },
        cancellationToken);

    /// <summary>Rights that recording does not need: what looking at recordings and cleaning up can count on. Removes the probe.</summary>
    public Task<ContainerRights> FindRightsAsync(CancellationToken cancellationToken) => connection.CallAsync(
        $"the rights in {connection.Place} could not be found out",
        null,
        async (container, watch) =>
        {
            var blob = container.GetBlobClient(Name);
            var blocks = container.GetBlockBlobClient(Name + "-blocks");
            return new ContainerRights(
                // A block that never becomes an object is invisible, and removed by Azure after a week.
                Block: await IsAllowedAsync(() => blocks.StageBlockAsync(Convert.ToBase64String(new byte[40]), new MemoryStream(Content), cancellationToken: watch.Token)),
                Read: await IsAllowedAsync(() => blob.GetPropertiesAsync(cancellationToken: watch.Token)),
                List: await IsAllowedAsync(async () => await container.GetBlobsAsync(new GetBlobsOptions { Prefix = Name }, watch.Token).AsPages(pageSizeHint: 1).FirstOrDefaultAsync(watch.Token)),
                Delete: await IsAllowedAsync(() => blob.DeleteAsync(cancellationToken: watch.Token)));
        },
        cancellationToken);

    private static async Task<bool> IsAllowedAsync<T>(Func<Task<T>> request)
    {
        try
        {
            await request();
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 401 or 403 or 409)
        {
            return false;
        }
    }

    private async Task<Response<BlobContentInfo>> WriteAsync(BlobContainerClient container, BlobUploadOptions options, CancellationToken cancellationToken)
    {
        options.TransferValidation = new() { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 };
        return await container.GetBlockBlobClient(Name).UploadAsync(new MemoryStream(Content, writable: false), options, cancellationToken);
    }

    private static StoragePut PutOf() => new()
    {
        Key = Key,
        Content = Stream.Null,
        Length = Content.Length,
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(Content)),
        ContentType = "text/plain",
        Replace = true,
    };
}

/// <summary>Which rights there are.</summary>
internal sealed record ContainerRights(bool Block, bool Read, bool List, bool Delete);
