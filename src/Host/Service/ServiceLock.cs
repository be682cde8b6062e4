using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Service;

/// <summary>Says that a service looks after a data directory: there is one at a time, and others leave its work to it.</summary>
internal static class ServiceLock
{
    /// <summary>The folder of the service's lock and log.</summary>
    public static string FolderOf(string dataDirectory) => Path.Combine(dataDirectory, "service");

    /// <summary>The folder of the service's log.</summary>
    public static string LogFolderOf(string dataDirectory) => Path.Combine(FolderOf(dataDirectory), "log");

    /// <summary>Takes it, and makes the folder where it is missing.</summary>
    /// <returns>What holds it until disposed; null when another service has it.</returns>
    /// <exception cref="TrustException">Others can change the data directory.</exception>
    public static IDisposable? TryTake(string dataDirectory, TrustPolicy trust)
    {
        trust.Require(SpoolRoot.DataDirectory, dataDirectory);
        var folder = FolderOf(dataDirectory);
        PrivateFolder.Create(folder);
        trust.Require("the folder of the service", folder);
        return SessionLock.TryTake(folder);
    }

    /// <summary>Whether a service runs.</summary>
    public static bool IsTaken(string dataDirectory) => SessionLock.IsTaken(FolderOf(dataDirectory));
}
