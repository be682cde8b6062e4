using System.Security.Cryptography;

namespace SessionRecorder.Plugins;

/// <summary>Writes an object's bytes, checking them on the way.</summary>
internal static class ObjectWriter
{
    /// <summary>Writes the bytes into an empty file, flushed to the disk.</summary>
    /// <exception cref="StorageException"><see cref="StorageFailure.Corrupted"/>, transient: they are not what was announced.</exception>
    public static async Task WriteAsync(StoragePut put, FileStream file, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = StoredFile.Buffer();
        long length = 0;
        int read;
        while (length <= put.Length && (read = await ReadContentAsync(put, buffer, cancellationToken)) > 0)
        {
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            length += read;
        }

        var sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (length != put.Length || sha256 != put.Sha256)
        {
            throw new StorageException(
                $"the bytes that came for '{put.Key}' are not those that were announced "
                + $"({length} bytes, SHA-256 {sha256}, instead of {put.Length} bytes, {put.Sha256})",
                StorageFailure.Corrupted,
                isTransient: true,
                put.Key);
        }

        file.Flush(flushToDisk: true);
    }

    private static async Task<int> ReadContentAsync(StoragePut put, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await put.Content.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (StorageFailures.IsMappable(e))
        {
            // Not the store's doing, so not to be told as such.
            throw new StorageException(
                $"the bytes to store under '{put.Key}' could not be read: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}",
                StorageFailure.Other,
                isTransient: true,
                put.Key,
                innerException: e);
        }
    }
}
