namespace SessionRecorder.Host.Spool;

/// <summary>session.json: who is recorded, where and since when. Written once, at the start; schema 1 (docs/manifest.md).</summary>
internal sealed record SessionDocument
{
    public int Schema { get; init; } = 1;

    public required string SessionId { get; init; }

    public required string Platform { get; init; }

    public required string User { get; init; }

    public required string Host { get; init; }

    /// <summary>The system's own name for the session: <c>:0</c>, <c>2</c>.</summary>
    public required string SystemSession { get; init; }

    /// <summary>UTC, milliseconds.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The session's prefix in storage, ending with a slash: <c>recordings/local/host/user/id/</c>.</summary>
    public required string Prefix { get; init; }

    public required string Recorder { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
