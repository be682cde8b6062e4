using System.Security.Cryptography;
using System.Text;

namespace SessionRecorder.Host.Control;

/// <summary>Where an agent listens: the path of a Unix socket, on Windows the name of a pipe.</summary>
/// <remarks>
/// Not in the session's folder: a Unix socket's path has room for 107 bytes (unix(7)), and a session's id may be longer
/// than that. The folder is open to the recorder's own user alone. The names of pipes are the whole machine's, so the data
/// directory is in them too.
/// </remarks>
internal static class ControlPath
{
    private const int NameLength = 16;

    /// <summary>Where a session's agent listens.</summary>
    public static string Of(string dataDirectory, string sessionId) => OperatingSystem.IsWindows()
        ? $"session-recorder-{Hash($"{Path.GetFullPath(dataDirectory).ToUpperInvariant()}|{sessionId}")}"
        : Path.Combine(FolderOf(dataDirectory), $"{Hash(sessionId)}.sock");

    /// <summary>The folder of all sockets, where there are any.</summary>
    public static string FolderOf(string dataDirectory) => Path.Combine(dataDirectory, "run");

    private static string Hash(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..NameLength];
}
