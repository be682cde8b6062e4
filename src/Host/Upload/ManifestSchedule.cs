namespace SessionRecorder.Host.Upload;

/// <summary>Decides when the manifest of a running session is worth writing again.</summary>
/// <remarks>
/// It grows with the session, so writing it for every segment would cost the square of the session's length. A twentieth
/// more segments, or with news a minute that grows with the session, keeps the cost per segment constant. Thread-safe.
/// </remarks>
internal sealed class ManifestSchedule(TimeProvider time)
{
    /// <summary>With this many segments the longest delay has grown from one minute to two, and so on.</summary>
    private const double SegmentsAMinute = 20;

    private readonly Lock _lock = new();
    private int _writtenSegments = -1;
    private long _writtenLines = -1;
    private long _writtenAt;

    /// <summary>Whether it is due.</summary>
    /// <param name="segments">Segments in the ledger.</param>
    /// <param name="lines">Lines in the ledger.</param>
    public bool IsDue(int segments, long lines)
    {
        lock (_lock)
        {
            return _writtenSegments < 0
                || segments - _writtenSegments >= Math.Max(1, _writtenSegments / 20)
                || (lines > _writtenLines && time.GetElapsedTime(_writtenAt) > TimeSpan.FromMinutes(1 + (segments / SegmentsAMinute)));
        }
    }

    /// <summary>It was written.</summary>
    public void Written(int segments, long lines)
    {
        lock (_lock)
        {
            (_writtenSegments, _writtenLines, _writtenAt) = (segments, lines, time.GetTimestamp());
        }
    }
}
