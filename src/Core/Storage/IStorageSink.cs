namespace SessionRecorder;

/// <summary>A place where recordings are stored, out of the session user's reach.</summary>
/// <remarks>
/// <para>
/// A sink never retries and never swallows: each call is one attempt, and a failure is a
/// <see cref="StorageException"/> that says whether it is transient. The host retries.
/// </para>
/// <para>
/// The members may be called from any thread, and concurrently, for different keys. Keys use <c>/</c> between parts,
/// never begin with one, and hold no empty part, <c>.</c> or <c>..</c>; see <see cref="StorageKey"/>.
/// </para>
/// </remarks>
public interface IStorageSink
{
    /// <summary>Stores an object under a key: all of it or nothing.</summary>
    /// <remarks>
    /// Idempotent: storing the same bytes under the same key again succeeds and changes nothing. A reader never sees a
    /// part of an object. When this returns, the object is durable and its hash was checked against
    /// <see cref="StoragePut.Sha256"/>, as far as the store can.
    /// </remarks>
    /// <param name="put">What to store.</param>
    /// <param name="cancellationToken">Gives up; the object is then stored wholly or not at all.</param>
    /// <returns>What is stored now.</returns>
    /// <exception cref="StorageException">
    /// It was not stored. <see cref="StorageFailure.Conflict"/>, permanent, when something else lies under the key and
    /// <see cref="StoragePut.Replace"/> is false.
    /// </exception>
    Task<StoredObject> PutAsync(StoragePut put, CancellationToken cancellationToken);

    /// <summary>Looks for an object.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What is stored, or null when nothing is.</returns>
    /// <exception cref="StorageException">The store could not be asked.</exception>
    Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>Lists the objects whose key begins with a prefix, ordered by key (ordinal).</summary>
    /// <param name="prefix">The prefix, e.g. <c>recordings/</c>; empty for all.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <returns>The objects; their hash may be null where finding it would mean reading the object.</returns>
    /// <exception cref="StorageException">The store could not be asked.</exception>
    IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Opens an object for reading from its start.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Ends the wait for the first byte.</param>
    /// <returns>The bytes; the caller disposes the stream. It need not be seekable.</returns>
    /// <exception cref="StorageException"><see cref="StorageFailure.NoSuchObject"/>, or the store could not be asked.</exception>
    Task<Stream> OpenReadAsync(string key, CancellationToken cancellationToken);
}
