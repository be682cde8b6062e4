using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Deployment;

/// <summary>Who may use what is placed.</summary>
internal enum FileAccessLevel
{
    /// <summary>Administrators write, everybody reads and runs.</summary>
    Everybody,

    /// <summary>Administrators alone.</summary>
    Administrators,
}

/// <summary>Makes folders and files with the owner and access that an installation has. The rest of .NET's failures pass.</summary>
/// <remarks>
/// On Windows files take their access from the folder, which has none from above it: so a folder's access is set when it is
/// made and whenever something is placed.
/// </remarks>
internal static partial class PlacedFiles
{
    private const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode AllRead = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode AllExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The mode of a folder.</summary>
    public static UnixFileMode FolderMode(FileAccessLevel access) => access == FileAccessLevel.Everybody
        ? AllRead | AllExecute | UnixFileMode.UserWrite
        : OwnerReadWrite | UnixFileMode.UserExecute;

    /// <summary>The mode of a file.</summary>
    public static UnixFileMode FileMode(FileAccessLevel access, bool isProgram = false) => access == FileAccessLevel.Everybody
        ? AllRead | UnixFileMode.UserWrite | (isProgram ? AllExecute : UnixFileMode.None)
        : OwnerReadWrite;

    /// <summary>Whether a folder is there, with its owner and access.</summary>
    public static bool IsFolderRight(string path, FileAccessLevel access)
    {
        if (!Directory.Exists(path))
        {
            return false;
        }

        return OperatingSystem.IsWindows()
            ? IsRightOnWindows(path, access)
            : File.GetUnixFileMode(path) == FolderMode(access) && !IsForeign(path);
    }

    /// <summary>Makes a folder, or puts its owner and access right. What is missing above it is made likewise for everybody.</summary>
    public static void MakeFolder(string path, FileAccessLevel access)
    {
        if (Path.GetDirectoryName(path) is { } parent && !Directory.Exists(parent))
        {
            Directory.CreateDirectory(parent);
        }

        if (OperatingSystem.IsWindows())
        {
            MakeOnWindows(path, access);
            return;
        }

        Directory.CreateDirectory(path, FolderMode(access));
        Own(path);
        File.SetUnixFileMode(path, FolderMode(access));
    }

    /// <summary>Writes a file as a whole: it has its old content or the new one, and its access from the first moment on.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content, FileAccessLevel access, bool isProgram = false) =>
        Write(path, content, FileMode(access, isProgram));

    /// <summary>Replaces a file's content, and keeps its access on Unix.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content) => Write(
        path,
        content,
        OperatingSystem.IsWindows() || !File.Exists(path) ? FileMode(FileAccessLevel.Everybody) : File.GetUnixFileMode(path));

    /// <summary>Whether a file is there with just this content.</summary>
    public static bool Has(string path, ReadOnlySpan<byte> content) =>
        File.Exists(path) && IsRegular(path) && content.SequenceEqual(File.ReadAllBytes(path));

    /// <summary>Refuses a folder where a file belongs, before anything is changed.</summary>
    /// <exception cref="InstallException">There is one.</exception>
    public static void RequireNoFolder(string path)
    {
        if (Directory.Exists(path))
        {
            throw new InstallException($"{path} is a folder, and a file belongs there", "move it away, and run the same command again");
        }
    }

    /// <summary>Reads a file that somebody else has put there, and that is to be kept or copied.</summary>
    /// <exception cref="InstallException">It cannot be read.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            return BoundedFile.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InstallException($"{path} cannot be read: {e.Message}", "correct it, and run the same command again; nothing was changed", e);
        }
    }

    /// <summary>Copies a file for everybody to read, and to run where the original is for running.</summary>
    public static void Copy(string from, string to)
    {
        File.Copy(from, to, overwrite: true);
        if (!OperatingSystem.IsWindows())
        {
            var isProgram = (File.GetUnixFileMode(from) & AllExecute) != 0;
            File.SetUnixFileMode(to, FileMode(FileAccessLevel.Everybody, isProgram));
        }
    }

    private static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var temporary = path + ".session-recorder-new";
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = System.IO.FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerReadWrite;
        }

        using (var file = new FileStream(temporary, options))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(temporary, mode);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Whether reading it ends: what is no file is replaced like a file with other content.</summary>
    private static bool IsRegular(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        var (file, handle) = LinuxFile.OpenToRead(path);
        handle.Dispose();
        return file.IsRegular;
    }

    private static bool IsForeign(string path) =>
        OperatingSystem.IsLinux() && LinuxFile.Look(path) is { IsLink: false } file && file.Owner != LinuxFile.OwnUser();

    private static void Own(string path)
    {
        if (OperatingSystem.IsLinux() && IsForeign(path) && ChangeOwner(path, LinuxFile.OwnUser(), LinuxFile.OwnUser()) != 0)
        {
            throw new IOException($"{path} belongs to somebody else: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [SupportedOSPlatform("windows")]
    private static void MakeOnWindows(string path, FileAccessLevel access)
    {
        var folder = new DirectoryInfo(path);
        if (folder.Exists)
        {
            folder.SetAccessControl(AccessOf(access));
        }
        else
        {
            folder.Create(AccessOf(access));
        }
    }

    [SupportedOSPlatform("windows")]
    private static bool IsRightOnWindows(string path, FileAccessLevel access)
    {
        const AccessControlSections Section = AccessControlSections.Access;
        var found = new DirectoryInfo(path).GetAccessControl(Section);
        return found.AreAccessRulesProtected && Rules(found).SetEquals(Rules(AccessOf(access)));

        static HashSet<(string, FileSystemRights)> Rules(DirectorySecurity security) =>
        [
            .. security.GetAccessRules(includeExplicit: true, includeInherited: true, typeof(SecurityIdentifier))
                .Cast<FileSystemAccessRule>()
                .Select(rule => (rule.IdentityReference.Value, rule.FileSystemRights | FileSystemRights.Synchronize)),
        ];
    }

    [SupportedOSPlatform("windows")]
    private static DirectorySecurity AccessOf(FileAccessLevel access)
    {
        var security = new DirectorySecurity();
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        Allow(WellKnownSidType.LocalSystemSid, FileSystemRights.FullControl);
        Allow(WellKnownSidType.BuiltinAdministratorsSid, FileSystemRights.FullControl);
        if (access == FileAccessLevel.Everybody)
        {
            Allow(WellKnownSidType.BuiltinUsersSid, FileSystemRights.ReadAndExecute);
        }

        return security;

        void Allow(WellKnownSidType account, FileSystemRights rights) => security.AddAccessRule(new FileSystemAccessRule(
            new SecurityIdentifier(account, null),
            rights,
            InheritanceFlags.ContainerInherit | InheritanceFlags.ObjectInherit,
            PropagationFlags.None,
            AccessControlType.Allow));
    }

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
