namespace SessionRecorder;

/// <summary>Why a storage sink refused or failed.</summary>
public enum StorageFailure
{
    /// <summary>The store could not be reached or did not answer in time.</summary>
    Unreachable,

    /// <summary>The credentials are missing, wrong or expired.</summary>
    Credentials,

    /// <summary>The credentials are good but the right to do this is missing.</summary>
    Denied,

    /// <summary>The container, bucket or folder to write to does not exist.</summary>
    NoSuchContainer,

    /// <summary>The object to read does not exist.</summary>
    NoSuchObject,

    /// <summary>Something else is stored under this key already and may not be replaced.</summary>
    Conflict,

    /// <summary>What arrived at the store is not what was sent.</summary>
    Corrupted,

    /// <summary>The store is full, or a quota is used up.</summary>
    Full,

    /// <summary>The store asks for fewer requests.</summary>
    Throttled,

    /// <summary>The request is not one that this store takes (a key that it cannot hold, a wrong setting).</summary>
    Invalid,

    /// <summary>Anything else; the message says what.</summary>
    Other,
}

/// <summary>A storage sink could not do what it was asked to.</summary>
/// <remarks>
/// A sink never retries and never swallows: it throws this, and the host decides by
/// <see cref="RecorderException.IsTransient"/>. Transient failures are retried with exponential backoff for as long as
/// the session or the machine lives; a permanent one is reported once and the object is kept in the spool.
/// </remarks>
public sealed class StorageException : RecorderException
{
    /// <summary>Makes a storage failure.</summary>
    /// <param name="message">What failed and where, one sentence without secrets.</param>
    /// <param name="failure">The kind of failure.</param>
    /// <param name="isTransient">Whether the same request can succeed later without anybody's help.</param>
    /// <param name="key">The key concerned, or null where the whole store is.</param>
    /// <param name="remedy">What to do about it, or null.</param>
    /// <param name="innerException">The cause, or null.</param>
    public StorageException(
        string message,
        StorageFailure failure,
        bool isTransient,
        string? key = null,
        string? remedy = null,
        Exception? innerException = null)
        : base(message, key is null ? FailureScope.Session : FailureScope.Segment, isTransient, remedy, innerException)
    {
        Failure = failure;
        Key = key;
    }

    /// <summary>The kind of failure.</summary>
    public StorageFailure Failure { get; }

    /// <summary>The key concerned; null where the whole store is.</summary>
    public string? Key { get; }
}
