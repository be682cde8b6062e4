using System.Text.Json;
using System.Text.Json.Serialization;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Catalog;

/// <summary>manifest.json, schema 1: the account of a session (docs/manifest.md).</summary>
internal sealed record Manifest
{
    public int Schema { get; init; } = 1;

    public required string SessionId { get; init; }

    public required string Platform { get; init; }

    /// <summary><c>recording</c>, <c>complete</c> or <c>recovered</c>.</summary>
    public required string State { get; init; }

    public required string User { get; init; }

    public required string Host { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Null while the state is <c>recording</c>.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    public required ManifestRecorder Recorder { get; init; }

    public required IReadOnlyList<ManifestDisplay> Displays { get; init; }

    /// <summary>Which monitors have a video of their own, from a moment on; null where all were in one throughout.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ManifestTracks>? Tracks { get; init; }

    public required IReadOnlyList<ManifestSegment> Segments { get; init; }

    public required IReadOnlyList<ManifestGap> Gaps { get; init; }

    /// <summary>The hash of the ledger's last line when the manifest was made; of the sealing line at the end.</summary>
    public required string LedgerHash { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>What recorded: the last capture, where there were several.</summary>
internal sealed record ManifestRecorder(
    string Version, string? Ffmpeg, string? Source, string? Encoder, double? FrameRate)
{
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>The display from a moment on.</summary>
internal sealed record ManifestDisplay(DateTimeOffset At, IReadOnlyList<LedgerMonitor> Monitors)
{
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>The monitors that have a video of their own from a moment on; none where all are in one.</summary>
internal sealed record ManifestTracks(DateTimeOffset At, IReadOnlyList<string> Monitors)
{
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A segment; of one monitor where it names it.</summary>
internal sealed record ManifestSegment(
    int Index,
    string Key,
    DateTimeOffset StartedAt,
    double Duration,
    int Frames,
    int Width,
    int Height,
    long Bytes,
    string Sha256,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    string? Monitor = null)
{
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A stretch without a picture. It may lie within a segment that holds no frame meanwhile.</summary>
internal sealed record ManifestGap(DateTimeOffset From, DateTimeOffset To, string Cause, string? Detail)
{
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
