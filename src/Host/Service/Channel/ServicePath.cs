using System.Security.Cryptography;
using System.Text;
using SessionRecorder.Host.Configuration;

namespace SessionRecorder.Host.Service.Channel;

/// <summary>Where the service listens: the path of a Unix socket, on Windows the name of a pipe.</summary>
/// <remarks>
/// It follows from the configuration file's name alone, and not from what stands in it: a user who asks the service may
/// not be able to read the file, and need not. Services with configurations of their own do not meet.
/// </remarks>
internal static class ServicePath
{
    /// <summary>The folder of the sockets: root's alone to write, everybody's to look into.</summary>
    public const string Folder = "/run/session-recorder";

    private const int NameLength = 16;

    /// <summary>Where the service of a configuration listens.</summary>
    /// <param name="configurationFile">What <c>--config</c> names; null for the default file.</param>
    public static string Of(string? configurationFile)
    {
        var file = Path.GetFullPath(configurationFile ?? RecorderPaths.DefaultConfigurationFile);
        return OperatingSystem.IsWindows()
            ? $"session-recorder-service-{Hash(file.ToUpperInvariant())}"
            : Path.Combine(Folder, $"service-{Hash(file)}.sock");
    }

    private static string Hash(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..NameLength];
}
