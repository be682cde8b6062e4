using System.Security.Cryptography;
using System.Text;

namespace SessionRecorder.Host.Control;

/// <summary>Where an agent's control socket lies.</summary>
/// <remarks>
/// Not in the session's folder: a Unix socket's path has room for 107 bytes (unix(7)), and a session's id may be longer
/// than that. The folder is open to the recorder's own user alone.
/// </remarks>
internal static class ControlPath
{
    private const int NameLength = 16;

    /// <summary>The path of a session's socket.</summary>
    public static string Of(string dataDirectory, string sessionId)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sessionId)));
        return Path.Combine(FolderOf(dataDirectory), $"{hash[..NameLength]}.sock");
    }

    /// <summary>The folder of all sockets.</summary>
    public static string FolderOf(string dataDirectory) => Path.Combine(dataDirectory, "run");
}
