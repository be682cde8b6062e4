using System.Globalization;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Logging;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Hosting;

/// <summary>Where sessions' logs lie: a folder a session in the data directory, <c>logs/{id}@{start}/</c>.</summary>
/// <remarks>
/// Beside the spool, for a log outlives its session there. The start is in the name because an id may be used again once its
/// session is delivered, and one session's log must not be stored with another.
/// </remarks>
internal sealed class SessionLogs(RecorderConfiguration configuration, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    private string Folder => FolderOf(configuration.Options.DataDirectory);

    public static string FolderOf(string dataDirectory) => Path.Combine(dataDirectory, "logs");

    /// <summary>Opens a session's log for its agent, and removes logs of sessions that ended 30 days ago.</summary>
    /// <param name="document">The session.</param>
    /// <exception cref="TrustException">Others can change the folder.</exception>
    public SessionLog Open(SessionDocument document)
    {
        configuration.Trust.Require(SpoolRoot.DataDirectory, configuration.Options.DataDirectory);
        var folder = PathOf(document);
        PrivateFolder.Create(folder);
        configuration.Trust.Require("the folder of logs", folder);
        RemoveOld();
        return Make(folder, document.SessionId);
    }

    /// <summary>The log that a session's agents left, for who delivers what they left; null where there is none, or it is not to be stored.</summary>
    public SessionLog? Find(SessionDocument document)
    {
        var folder = PathOf(document);
        return configuration.Options.Log.Upload && Directory.Exists(folder) ? Make(folder, document.SessionId) : null;
    }

    private string PathOf(SessionDocument document) => Path.Combine(
        Folder, $"{document.SessionId}@{document.StartedAt.UtcDateTime.ToString(SessionTime.InNames, CultureInfo.InvariantCulture)}");

    private SessionLog Make(string folder, string sessionId)
    {
        var options = configuration.Options.Log;
        var files = new LogFiles(folder, keepsAll: options.Upload);
        return new SessionLog(folder, files, RecorderLogging.ToFiles(files, configuration, sessionId, time), options.Upload);
    }

    /// <summary>Of sessions that are in the spool nothing goes: they are recorded, or their log may not be stored yet.</summary>
    private void RemoveOld()
    {
        var sessions = Path.Combine(configuration.Options.DataDirectory, "sessions");
        foreach (var entry in new DirectoryInfo(Folder).EnumerateFileSystemInfos())
        {
            try
            {
                var at = entry.Name.LastIndexOf('@');
                var isOurs = entry is DirectoryInfo && entry.LinkTarget is null && at > 0 && SpoolRoot.IsId(entry.Name[..at]);
                if (isOurs && !Directory.Exists(Path.Combine(sessions, entry.Name[..at])) && IsOld((DirectoryInfo)entry))
                {
                    SpoolFolder.Delete(entry.FullName);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another agent removes it too, or it goes another time: no recording is to suffer from it.
            }
        }
    }

    private bool IsOld(DirectoryInfo folder) => folder
        .EnumerateFiles()
        .Select(file => file.LastWriteTimeUtc)
        .Append(folder.LastWriteTimeUtc)
        .Max() < time.GetUtcNow().UtcDateTime - Kept;
}
