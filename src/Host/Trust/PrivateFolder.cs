using System.Runtime.Versioning;
using SessionRecorder.Host.Security.Windows;

namespace SessionRecorder.Host.Trust;

/// <summary>Makes folders that nobody but the recorder's own user and administrators may even look into.</summary>
internal static class PrivateFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes a folder, and what is missing above it, for the owner alone; makes it so if it is there.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    /// <exception cref="TrustException">It is there and belongs to somebody else.</exception>
    public static void Create(string folder)
    {
        // One by one: for what is missing above, CreateDirectory leaves it to the umask.
        if (Path.GetDirectoryName(folder) is { } parent && !Directory.Exists(parent))
        {
            Create(parent);
        }

        if (OperatingSystem.IsWindows())
        {
            CreateOnWindows(folder);
            return;
        }

        Directory.CreateDirectory(folder, OwnerOnly);
        if (OperatingSystem.IsLinux())
        {
            RefuseForeign(folder);
        }

        if (File.GetUnixFileMode(folder) != OwnerOnly)
        {
            File.SetUnixFileMode(folder, OwnerOnly);
        }
    }

    [SupportedOSPlatform("linux")]
    private static void RefuseForeign(string folder)
    {
        // An administrator may have put a link there, to a larger disk.
        var real = Directory.ResolveLinkTarget(folder, returnFinalTarget: true)?.FullName ?? folder;
        var self = LinuxFile.OwnUser();
        if (LinuxFile.Look(real) is { } found && found.Owner != self)
        {
            throw new TrustException(
                $"the folder {real} belongs to user {found.Owner}, and what lies in it is for user {self} alone",
                real,
                "remove it, or choose another DataDirectory");
        }
    }

    [SupportedOSPlatform("windows")]
    private static void CreateOnWindows(string folder)
    {
        var (access, directory) = (TrustedAccounts.ForFolder(), new DirectoryInfo(folder));
        if (directory.Exists)
        {
            directory.SetAccessControl(access);
        }
        else
        {
            // With its access from the first moment on: nobody can open it before.
            directory.Create(access);
        }
    }
}
