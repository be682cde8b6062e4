using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Hosting;

/// <summary>Where agents log: a file a session, in the data directory.</summary>
internal static class AgentLog
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    public static string FolderOf(string dataDirectory) => Path.Combine(dataDirectory, "logs");

    /// <summary>The file of a session's agent. Makes the folder, and removes files that are older than 30 days.</summary>
    public static string Prepare(string dataDirectory, string sessionId, TrustPolicy trust)
    {
        trust.Require(SpoolRoot.DataDirectory, dataDirectory);
        var folder = FolderOf(dataDirectory);
        PrivateFolder.Create(folder);
        trust.Require("the folder of logs", folder);
        foreach (var old in new DirectoryInfo(folder).EnumerateFiles("*.log").Where(f => DateTime.UtcNow - f.LastWriteTimeUtc > Kept))
        {
            old.Delete();
        }

        return Path.Combine(folder, $"{sessionId}.log");
    }
}
