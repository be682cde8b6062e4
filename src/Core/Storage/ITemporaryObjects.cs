namespace SessionRecorder;

/// <summary>A sink that can take back what it stored with <see cref="StoragePut.IsTemporary"/>. Optional, beside <see cref="IStorageSink"/>.</summary>
/// <remarks>
/// A sink class implements both. The host calls it only for keys that it stored as temporary. The member may be called
/// from any thread, and concurrently, for different keys.
/// </remarks>
public interface ITemporaryObjects
{
    /// <summary>Deletes a temporary object, or lets it go. Idempotent: an object that is not there is no failure.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that completes when it is gone.</returns>
    /// <exception cref="StorageException">
    /// <see cref="StorageFailure.Denied"/>, permanent: this storage may be written and not deleted from; the host then
    /// replaces the object with an empty one and leaves the rest to the store's own expiry.
    /// </exception>
    Task DeleteTemporaryAsync(string key, CancellationToken cancellationToken);
}
