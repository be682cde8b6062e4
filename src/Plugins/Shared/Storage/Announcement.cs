namespace SessionRecorder.Plugins;

/// <summary>Holds the bytes that came to what was said of them.</summary>
internal static class Announcement
{
    /// <exception cref="StorageException"><see cref="StorageFailure.Corrupted"/>, transient: their number is another one.</exception>
    public static void ThrowIfBroken(StoragePut put)
    {
        if (put.Content.Length != put.Length)
        {
            throw new StorageException(
                $"the bytes that came for '{put.Key}' are not those that were announced ({put.Content.Length} bytes instead of {put.Length})",
                StorageFailure.Corrupted,
                isTransient: true,
                put.Key);
        }
    }
}
