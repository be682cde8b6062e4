using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Catalog;

/// <summary>A recording, as stored.</summary>
internal sealed record StoredRecording
{
    /// <summary>The <see cref="State"/> of one that cannot be read.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>Its prefix, with a slash at the end; empty for one at the very top.</summary>
    public required string Prefix { get; init; }

    /// <summary>session.json, read where there is no readable manifest; else null.</summary>
    public SessionDocument? Session { get; init; }

    /// <summary>manifest.json; null when it is missing (the session has only just begun) or unreadable.</summary>
    public Manifest? Manifest { get; init; }

    /// <summary>How much is stored, in bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>When the newest of its objects was stored, by the store's clock; null where that does not tell.</summary>
    public DateTimeOffset? LastSign { get; init; }

    /// <summary>The session as the ledger in its tail tells it, where it is not sealed and has one; else null.</summary>
    public OpenSession? Open { get; init; }

    /// <summary>What AWS's sample for AppStream stored, where it was that and not this program; else null.</summary>
    public SampleRecording? Sample { get; init; }

    /// <summary>How many pieces its log has there.</summary>
    public int LogPieces { get; init; }

    /// <summary>What is unreadable and why; null when nothing is.</summary>
    public string? Fault { get; init; }

    /// <summary>The session's id.</summary>
    public string SessionId => Manifest?.SessionId ?? Session?.SessionId ?? Prefix.TrimEnd('/').Split('/')[^1];

    /// <summary>
    /// <c>recording</c> (which an interrupted one is too), <c>complete</c>, <c>recovered</c> or <c>unreadable</c>; <c>sample</c>
    /// for one that AWS's sample made.
    /// </summary>
    public string State => Sample is not null ? SampleRecording.State : Manifest?.State ?? (Fault is null ? SessionAccount.Recording : Unreadable);
}

/// <summary>A recording in a line of a list.</summary>
/// <param name="Prefix">Its prefix.</param>
/// <param name="SessionId">The session's id.</param>
/// <param name="User">Who was recorded; null when unreadable.</param>
/// <param name="Host">On which machine; null when unreadable.</param>
/// <param name="Platform">On which platform; null when unreadable.</param>
/// <param name="State">See <see cref="StoredRecording.State"/>.</param>
/// <param name="StartedAt">The session's start; null when unreadable.</param>
/// <param name="EndedAt">The session's end; null when it is not sealed.</param>
/// <param name="Duration">Seconds with a picture.</param>
/// <param name="Segments">How many segments.</param>
/// <param name="Gaps">How many gaps.</param>
/// <param name="GapDuration">Seconds without a picture.</param>
/// <param name="Bytes">How much is stored, in bytes.</param>
/// <param name="Fault">What is unreadable and why, or null.</param>
internal sealed record RecordingSummary(
    string Prefix,
    string SessionId,
    string? User,
    string? Host,
    string? Platform,
    string State,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    double Duration,
    int Segments,
    int Gaps,
    double GapDuration,
    long Bytes,
    string? Fault)
{
    /// <summary>The state of a session that is not sealed and has shown no sign of life for a while.</summary>
    public const string Interrupted = "interrupted";

    /// <summary>Of a session that is not sealed, when the newest of its objects was stored; else null.</summary>
    public DateTimeOffset? LastSign { get; init; }

    /// <summary>The segments of which only a beginning is stored, in pieces.</summary>
    public int Unfinished { get; init; }

    /// <summary>The pieces of the session's log.</summary>
    public int LogPieces { get; init; }

    /// <summary>Sums a recording up.</summary>
    /// <param name="recording">The recording.</param>
    /// <param name="now">The time, by which one without a sign of life is called interrupted.</param>
    public static RecordingSummary Of(StoredRecording recording, DateTimeOffset now)
    {
        var isOpen = recording.State == SessionAccount.Recording;
        var (manifest, session) = (recording.Manifest, recording.Session);
        return new RecordingSummary(
            recording.Prefix,
            recording.SessionId,
            manifest?.User ?? session?.User ?? recording.Sample?.User,
            manifest?.Host ?? session?.Host,
            manifest?.Platform ?? session?.Platform ?? (recording.Sample is null ? null : "appstream"),
            isOpen && now - recording.LastSign > OpenSession.Silence ? Interrupted : recording.State,
            manifest?.StartedAt ?? session?.StartedAt ?? recording.Sample?.StartedAt,
            manifest?.EndedAt,
            manifest is null ? 0 : SessionTime.Seconds(Coverage.PictureTime(manifest)),
            manifest?.Segments.Count ?? recording.Sample?.Videos.Count ?? 0,
            manifest?.Gaps.Count ?? 0,
            manifest is null ? 0 : SessionTime.Seconds(Coverage.GapTime(manifest)),
            recording.Bytes,
            recording.Fault)
        {
            LastSign = isOpen ? recording.LastSign : null,
            Unfinished = recording.Open?.Unfinished.Count ?? 0,
            LogPieces = recording.LogPieces,
        };
    }
}
