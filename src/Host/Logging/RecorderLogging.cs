using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Logging;

/// <summary>Where log lines go: files for agents and the service, standard error for a command in the foreground.</summary>
internal static class RecorderLogging
{
    /// <summary>Logs to files in a folder, each line at once. The caller disposes the factory.</summary>
    /// <param name="folder">An absolute path; made where it is missing, for the owner alone.</param>
    /// <param name="configuration">The level, and what is secret.</param>
    /// <param name="time">The clock.</param>
    public static ILoggerFactory ToFolder(string folder, RecorderConfiguration configuration, TimeProvider time)
    {
        PrivateFolder.Create(folder);
        return ToFiles(new LogFiles(folder, keepsAll: false), configuration, sessionId: null, time);
    }

    /// <summary>Logs to files, each line at once. The caller disposes the factory.</summary>
    /// <param name="files">The files.</param>
    /// <param name="configuration">The level, and what is secret.</param>
    /// <param name="sessionId">The session that each line names; null for none.</param>
    /// <param name="time">The clock.</param>
    public static ILoggerFactory ToFiles(
        LogFiles files, RecorderConfiguration configuration, string? sessionId, TimeProvider time) =>
        new JsonLoggerFactory(files, configuration.Options.Log.Least(), sessionId, LogSecrets.Of(configuration.Root), time);

    /// <summary>Logs to a writer from Debug up, for <c>--verbose</c>.</summary>
    public static ILoggerFactory ToWriter(TextWriter writer, TimeProvider time) => new WriterLoggerFactory(writer, time);
}
