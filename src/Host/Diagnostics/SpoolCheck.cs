using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;
using SessionRecorder.Host.Wording;

namespace SessionRecorder.Host.Diagnostics;

/// <summary>Looks whether storage refused something that lies in the spool now, and whether the spool is full. Makes no spool.</summary>
internal static class SpoolCheck
{
    private const string Subject = "spool";

    /// <summary>What was found; nothing where nothing waits.</summary>
    public static IEnumerable<Finding> Check(RecorderConfiguration configuration)
    {
        if (!Directory.Exists(Path.Combine(configuration.Options.DataDirectory, "sessions")))
        {
            return [];
        }

        var spool = new SpoolRoot(configuration.Options.DataDirectory, configuration.Trust);
        var waiting = spool.ListIds()
            .Select(id => SpoolBacklogs.Find(spool, id, configuration.Options.Storage.Keys))
            .OfType<SessionBacklog>()
            .ToArray();
        return [.. waiting.SelectMany(FindRefused), .. FindFull(configuration.Options, spool)];
    }

    private static IEnumerable<Finding> FindRefused(SessionBacklog session) =>
        from sink in session.Sinks
        where sink.Refused > 0
        select new Finding(
            FindingLevel.Problem,
            Subject,
            $"sink {sink.Sink} refused {sink.RefusedObjects[0].Key} of session {session.SessionId}"
            + (sink.Refused > 1 ? $" and {sink.Refused - 1} more" : "") + $": {sink.RefusedObjects[0].Reason}",
            "mend what the reason names; a running agent tries again every five minutes, `session-recorder recover` at once");

    private static IEnumerable<Finding> FindFull(RecorderOptions options, SpoolRoot spool)
    {
        if (options.SpoolLimit is { } limit && new ByteSize(SpoolFolder.VideoBytesOf(spool.Path)) is var bytes && bytes.Bytes >= limit.Bytes)
        {
            yield return new Finding(
                FindingLevel.Problem,
                Subject,
                $"{Amount.Size(bytes.Bytes)} of video wait, and SpoolLimit is {limit}: capturing pauses",
                "run `session-recorder recover`, see to the storage that does not take it, or raise SpoolLimit");
        }
    }
}
