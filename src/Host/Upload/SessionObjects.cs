using SessionRecorder.Host.Logging;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Upload;

/// <summary>The objects of a session in storage, by their keys below its prefix.</summary>
internal static class SessionObjects
{
    public const string SessionKey = "session.json";
    public const string ManifestKey = "manifest.json";
    public const string LedgerKey = "ledger.jsonl";
}

/// <summary>An object that waits for a sink.</summary>
/// <param name="Key">The key below the session's prefix.</param>
/// <param name="Segment">The segment, where it is one.</param>
/// <param name="IsInterim">Whether it is the manifest as it stands, which the sealed one replaces.</param>
internal sealed record PendingObject(string Key, SegmentClosed? Segment, bool IsInterim = false)
{
    public static PendingObject Session { get; } = new(SessionObjects.SessionKey, null);

    public static PendingObject Ledger { get; } = new(SessionObjects.LedgerKey, null);

    public static PendingObject Manifest { get; } = new(SessionObjects.ManifestKey, null);

    public static PendingObject InterimManifest { get; } = new(SessionObjects.ManifestKey, null, IsInterim: true);

    /// <summary>Where it lies, where that is not below the spool's folder under its key.</summary>
    public string? Path { get; init; }

    public static PendingObject Of(SegmentClosed segment) => new(segment.Key, segment);

    public static PendingObject Of(LogPiece piece) => new(piece.Key, null) { Path = piece.Path };
}
