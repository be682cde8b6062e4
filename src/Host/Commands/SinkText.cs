using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Commands;

/// <summary>Tells people what waits for a sink.</summary>
internal static class SinkText
{
    /// <summary>For a table: <c>archive: 3 (4.5 MB, oldest 2 min, retry in 12 s: no answer)</c>, or <c>archive: 0</c>.</summary>
    public static string Row(SinkStatus sink)
    {
        string?[] facts =
        [
            sink.Segments > 0 ? new ByteSize(sink.Bytes).ToRounded() : null,
            sink.OldestSeconds is { } age ? $"oldest {Age(age)}" : null,
            sink.BytesPerSecond > 0 && sink.Segments > 0 ? $"{new ByteSize(sink.BytesPerSecond).ToRounded()}/s" : null,
            sink.Refused > 0 ? $"{sink.Refused} refused" : null,
            sink.Lacking > 0 ? $"lacks {sink.Lacking} for good" : null,
            sink.RetryInSeconds is { } retry ? $"retry in {Age(retry)}" : null,
        ];
        var text = string.Join(", ", facts.OfType<string>());
        text = sink.LastError is { } error ? (text.Length > 0 ? $"{text}: {error}" : error) : text;
        return text.Length > 0 ? $"{sink.Sink}: {sink.Segments} ({text})" : $"{sink.Sink}: {sink.Segments}";
    }

    /// <summary>For a sentence; empty where nothing waits and nothing is wrong.</summary>
    public static string Sentence(SinkStatus sink) => sink is { Segments: 0, Refused: 0, LastError: null }
        ? ""
        : $"sink {sink.Sink}: {Count(sink.Segments, "segment")} ({sink.Bytes / 1e6:0.0} MB) waiting"
            + (sink.Refused > 0 ? $", {sink.Refused} refused ({string.Join(", ", sink.RefusedObjects.Take(3).Select(o => o.Key))})" : "")
            + (sink.LastError is { } error ? $", {error}" : "");

    /// <summary><c>1 segment</c>, <c>2 segments</c>.</summary>
    public static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    /// <summary>That some of what was captured is in no segment.</summary>
    public static string Unreadable(string sessionId, string folder) =>
        $"session {sessionId}: captured files that nobody can read are in no segment; they are kept in {folder}";

    /// <summary>What sinks will never get of a session, one sentence a sink.</summary>
    public static IEnumerable<string> Lacking(string sessionId, IEnumerable<SinkStatus> sinks) => sinks
        .Where(sink => sink.Lacking > 0)
        .Select(sink => $"session {sessionId}: sink {sink.Sink} was configured when {Count(sink.Lacking, "segment")} had been delivered to the other sinks and deleted here; "
            + "it lacks them for good, and they are to be copied from another sink");

    private static string Age(double seconds) => seconds switch
    {
        < 120 => $"{seconds:0} s",
        < 7200 => $"{seconds / 60:0} min",
        _ => $"{seconds / 3600:0} h",
    };
}
