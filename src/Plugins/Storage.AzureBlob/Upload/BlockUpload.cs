using System.Buffers.Binary;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>
/// Sends an object in blocks, some at a time, each from a buffer of its own, so that memory stays flat. Nothing is visible
/// before the last step. Thread-safe.
/// </summary>
/// <remarks>
/// A block's id is made of the whole object's SHA-256, the block's number and the length of blocks. So equal ids mean equal bytes,
/// whoever sent them, and an object made of certain blocks is known to hold certain bytes (<see cref="ClaimAsync"/>).
/// Blocks that never become an object are removed by Azure after a week.
/// </remarks>
internal sealed class BlockUpload(ContainerConnection connection, BlobSettings settings, IOptions<AzureBlobOptions> options)
{
    private const int MostBlocks = 50_000;

    /// <summary>Sends all blocks. The store checks each against its MD5, and the whole is checked here.</summary>
    /// <returns>The MD5 of the whole, with which it can be made an object.</returns>
    /// <exception cref="StorageException">Not all of it arrived; nothing is stored.</exception>
    public async Task<byte[]> SendAsync(StoragePut put, CancellationToken cancellationToken)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var hash = new ContentHash();
        var sending = new List<Task<byte[]>>();
        var buffers = new Stack<byte[]>();
        var size = BlockBytes(put);
        try
        {
            put.Content.Position = 0;
            for (var number = 0; number < CountBlocks(put); number++)
            {
                if (sending.Count >= options.Value.Parallelism)
                {
                    buffers.Push(await TakeFinishedAsync(sending));
                }

                var buffer = buffers.TryPop(out var free) ? free : GC.AllocateUninitializedArray<byte>(size);
                var block = buffer.AsMemory(0, (int)Math.Min(size, put.Length - ((long)number * size)));
                await ReadAsync(put, block, failed.Token);
                hash.Add(block.Span);
                sending.Add(SendBlockAsync(put, number, buffer, block.Length, failed.Token));
            }

            while (sending.Count > 0)
            {
                await TakeFinishedAsync(sending);
            }

            return hash.Finish(put);
        }
        catch
        {
            await failed.CancelAsync();
            // The first failure is told; what the others come to is of no interest, but nothing may go on behind the caller's back.
            await Task.WhenAll(sending).ContinueWith(ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>Makes an object of the blocks sent.</summary>
    /// <returns>What is stored; null when something lies under the key already and is not to be replaced.</returns>
    /// <exception cref="StorageException">It was not stored, or its fate is not known.</exception>
    public Task<StoredObject?> CommitAsync(StoragePut put, byte[] md5, CancellationToken cancellationToken) => CallAsync<StoredObject?>(
        put,
        async (container, watch) =>
        {
            try
            {
                var answer = await CommitAsync(container, put, settings.ForCommit(put, md5, onlyIfAbsent: true), watch);
                return new StoredObject(put.Key, put.Length, put.Sha256, answer.LastModified);
            }
            catch (RequestFailedException e) when (!put.Replace && AzureAnswers.IsPresent(e))
            {
                return null;
            }
        },
        cancellationToken);

    /// <summary>
    /// Finds out, with the right to write alone, whether what lies under the key are these very bytes: it asks the store to make
    /// the object anew of the blocks that it already consists of, which fails and changes nothing where it consists of others.
    /// </summary>
    /// <returns>What is stored; null when it is something else, or cannot be told.</returns>
    /// <exception cref="StorageException">The store could not be asked.</exception>
    public Task<StoredObject?> ClaimAsync(StoragePut put, byte[] md5, CancellationToken cancellationToken) => CallAsync<StoredObject?>(
        put,
        async (container, watch) =>
        {
            try
            {
                using var scope = CommittedBlocksPolicy.Require();
                var answer = await CommitAsync(container, put, settings.ForCommit(put, md5, onlyIfAbsent: false), watch);
                return new StoredObject(put.Key, put.Length, put.Sha256, answer.LastModified);
            }
            catch (RequestFailedException e) when (AzureAnswers.IsOtherBlocks(e))
            {
                return null;
            }
        },
        cancellationToken);

    private Task<T> CallAsync<T>(StoragePut put, Func<BlobContainerClient, StallWatch, Task<T>> call, CancellationToken cancellationToken) =>
        connection.CallAsync($"'{put.Key}' could not be stored in {connection.Place}", put.Key, call, cancellationToken);

    private async Task<BlobContentInfo> CommitAsync(
        BlobContainerClient container, StoragePut put, CommitBlockListOptions commit, StallWatch watch)
    {
        var ids = Enumerable.Range(0, CountBlocks(put)).Select(number => IdOf(put, number));
        return await container.GetBlockBlobClient(connection.Prefix + put.Key).CommitBlockListAsync(ids, commit, watch.Token);
    }

    private Task<bool> ReadAsync(StoragePut put, Memory<byte> block, CancellationToken cancellationToken) => CallAsync(
        put,
        async (_, watch) =>
        {
            try
            {
                await put.Content.ReadExactlyAsync(block, watch.Token);
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ContentException(e.Message, e);
            }
        },
        cancellationToken);

    private Task<byte[]> SendBlockAsync(StoragePut put, int number, byte[] buffer, int length, CancellationToken cancellationToken) => CallAsync(
        put,
        async (container, watch) =>
        {
            var md5 = ContentHash.Md5(buffer.AsSpan(0, length));
            var content = new UploadStream(new MemoryStream(buffer, 0, length, writable: false), 0, length, watch);
            var validation = new UploadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5, PrecalculatedChecksum = md5 };
            var answer = await container.GetBlockBlobClient(connection.Prefix + put.Key)
                .StageBlockAsync(IdOf(put, number), content, new BlockBlobStageBlockOptions { TransferValidation = validation }, watch.Token);
            ContentHash.ThrowIfOther(answer.Value.ContentHash, md5, put, connection.Place);
            return buffer;
        },
        cancellationToken);

    private static async Task<byte[]> TakeFinishedAsync(List<Task<byte[]>> sending)
    {
        var finished = await Task.WhenAny(sending);
        sending.Remove(finished);
        return await finished;
    }

    private int BlockBytes(StoragePut put) => (int)Math.Max(options.Value.BlockBytes, (put.Length + MostBlocks - 1) / MostBlocks);

    private int CountBlocks(StoragePut put) => (int)((put.Length + BlockBytes(put) - 1) / BlockBytes(put));

    private string IdOf(StoragePut put, int number)
    {
        var id = new byte[40];
        Convert.FromHexString(put.Sha256).CopyTo(id, 0);
        BinaryPrimitives.WriteInt32BigEndian(id.AsSpan(32), number);
        BinaryPrimitives.WriteInt32BigEndian(id.AsSpan(36), BlockBytes(put));
        return Convert.ToBase64String(id);
    }
}
