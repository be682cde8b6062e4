using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Hosting;

/// <summary>Reads, from the spool alone, what its sessions have yet to deliver.</summary>
internal static class SpoolBacklogs
{
    /// <summary>What of a session waits.</summary>
    /// <param name="spool">The spool.</param>
    /// <param name="sessionId">The session.</param>
    /// <param name="configuredSinks">The names of the configured sinks.</param>
    /// <returns>It; null where the session is gone, or cannot be read, which those tell who deliver it.</returns>
    public static SessionBacklog? Find(SpoolRoot spool, string sessionId, IReadOnlyCollection<string> configuredSinks)
    {
        try
        {
            return spool.Inspect(sessionId) is { } found
                ? SessionBacklog.Of(sessionId, found.Account, SinksOf(Path.Combine(spool.Path, sessionId), configuredSinks))
                : null;
        }
        catch (Exception e) when (e is SpoolException or TrustException || SpoolException.IsFileFailure(e))
        {
            return null;
        }
    }

    private static IReadOnlyCollection<string> SinksOf(string folder, IReadOnlyCollection<string> configured) =>
        OutputNote.Read(folder) is null ? configured : [RecorderHost.OutputSink];
}
