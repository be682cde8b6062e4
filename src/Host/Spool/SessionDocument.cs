using System.Text.Json.Serialization;

namespace SessionRecorder.Host.Spool;

/// <summary>session.json: who is recorded, where and since when. Written once, at the start or when the rest is known; schema 1 (docs/manifest.md).</summary>
internal sealed record SessionDocument
{
    public int Schema { get; init; } = 1;

    public required string SessionId { get; init; }

    public required string Platform { get; init; }

    public required string User { get; init; }

    /// <summary>What identifies the user to the system: a SID, a user number; null where it is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? UserId { get; init; }

    public required string Host { get; init; }

    /// <summary>The system's own name for the session: <c>:0</c>, <c>2</c>.</summary>
    public required string SystemSession { get; init; }

    /// <summary>UTC, milliseconds.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The session's prefix in storage, ending with a slash: <c>recordings/local/host/user/id/</c>.</summary>
    public required string Prefix { get; init; }

    public required string Recorder { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Whether metadata is still awaited. Then <see cref="Metadata"/> and <see cref="Prefix"/> are what is known so far, and
    /// nothing is stored yet. Only in the spool: what is stored is never provisional.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Provisional { get; init; }
}
