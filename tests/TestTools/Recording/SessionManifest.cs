using System.Text.Json;

namespace SessionRecorder.TestTools.Recording;

/// <summary>manifest.json as its documentation describes it, read without the recorder's classes.</summary>
public sealed record SessionManifest(
    int Schema,
    string SessionId,
    string Platform,
    string State,
    string User,
    string Host,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    IReadOnlyDictionary<string, string> Metadata,
    ManifestRecorder Recorder,
    IReadOnlyList<ManifestDisplay> Displays,
    IReadOnlyList<ManifestSegment> Segments,
    IReadOnlyList<ManifestGap> Gaps,
    string LedgerHash,
    IReadOnlyList<ManifestTracks>? Tracks = null)
{
    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web);

    public static SessionManifest Parse(string json) =>
        JsonSerializer.Deserialize<SessionManifest>(json, _options) ?? throw new JsonException("the manifest is null");
}

public sealed record ManifestRecorder(string Version, string? Ffmpeg, string? Source, string? Encoder);

public sealed record ManifestDisplay(DateTimeOffset At, IReadOnlyList<ManifestMonitor> Monitors);

public sealed record ManifestMonitor(string Name, int X, int Y, int Width, int Height, double Scale, bool Primary);

public sealed record ManifestTracks(DateTimeOffset At, IReadOnlyList<string> Monitors);

public sealed record ManifestSegment(
    int Index,
    string Key,
    DateTimeOffset StartedAt,
    double Duration,
    int Frames,
    int Width,
    int Height,
    long Bytes,
    string Sha256,
    string? Monitor = null)
{
    public DateTimeOffset EndedAt => StartedAt + TimeSpan.FromSeconds(Duration);
}

public sealed record ManifestGap(DateTimeOffset From, DateTimeOffset To, string Cause, string? Detail)
{
    public TimeSpan Length => To - From;
}
