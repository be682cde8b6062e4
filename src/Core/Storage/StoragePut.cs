namespace SessionRecorder;

/// <summary>An object to store.</summary>
public sealed record StoragePut
{
    private readonly bool? _isFinal;

    /// <summary>The key, valid by <see cref="StorageKey"/>.</summary>
    public required string Key { get; init; }

    /// <summary>The bytes, positioned at the start, readable once. The caller disposes it. Seekable.</summary>
    public required Stream Content { get; init; }

    /// <summary>How many bytes <see cref="Content"/> holds.</summary>
    public required long Length { get; init; }

    /// <summary>The SHA-256 of the bytes, 64 lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The media type: <c>video/mp4</c>, <c>application/json</c> …</summary>
    public required string ContentType { get; init; }

    /// <summary>
    /// Whether other bytes under the same key are replaced (a manifest that is rewritten) or are a conflict (a segment,
    /// which is written once). False by default.
    /// </summary>
    public bool Replace { get; init; }

    /// <summary>
    /// Whether the object is only kept until something whole takes its place (the piece of a segment that still grows). A
    /// sink neither locks it against deletion nor gives it a storage class that bills a longest time. False by default.
    /// </summary>
    public bool IsTemporary { get; init; }

    /// <summary>
    /// Whether these bytes are to stay under their key. A sink that locks what it stores against deletion locks this, whether
    /// it replaces other bytes or not. By default true of what neither replaces others nor is temporary.
    /// </summary>
    public bool IsFinal
    {
        get => _isFinal ?? !(Replace || IsTemporary);
        init => _isFinal = value;
    }
}

/// <summary>An object that is stored.</summary>
/// <param name="Key">The key.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Sha256">Its SHA-256 in lower-case hexadecimal digits; null where it is not known without reading it.</param>
/// <param name="ModifiedAt">When it was stored, by the store's clock, UTC; null where the store does not tell.</param>
public sealed record StoredObject(string Key, long Length, string? Sha256, DateTimeOffset? ModifiedAt);
