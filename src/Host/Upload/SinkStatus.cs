namespace SessionRecorder.Host.Upload;

/// <summary>What waits for a sink.</summary>
/// <param name="Sink">Its name in the configuration.</param>
/// <param name="Segments">Segments that wait or are being sent.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Refused">Objects that it refused for good.</param>
/// <param name="LastError">The last failure since the last success, or null.</param>
internal sealed record SinkStatus(string Sink, int Segments, long Bytes, int Refused, string? LastError)
{
    /// <summary>How many of the refused objects are named.</summary>
    public const int MostRefusedShown = 10;

    /// <summary>The first of the refused objects, with the sink's reasons.</summary>
    public IReadOnlyList<RefusedObject> RefusedObjects { get; init; } = [];

    /// <summary>Segments that it will never get: they were delivered and gone before it was configured.</summary>
    public int Lacking { get; init; }

    /// <summary>For how long the oldest segment that waits has been recorded, in seconds; null where none waits.</summary>
    public double? OldestSeconds { get; init; }

    /// <summary>What was confirmed in the last minute, in bytes a second.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>When it last confirmed something to this process, UTC; null where it has not.</summary>
    public DateTimeOffset? LastSuccessAt { get; init; }

    /// <summary>In how many seconds it is tried again; null where it is not failing.</summary>
    public double? RetryInSeconds { get; init; }
}
