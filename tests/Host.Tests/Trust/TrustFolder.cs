using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SessionRecorder.Tests.Trust;

/// <summary>A folder of root's own, in which a test gives things to others.</summary>
[SupportedOSPlatform("linux")]
internal sealed partial class TrustFolder : IDisposable
{
    /// <summary>A user that need not exist: files belong to numbers.</summary>
    public const uint Stranger = 54321;

    public const UnixFileMode Closed = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    public const UnixFileMode Sticky = UnixFileMode.StickyBit | Everybody;
    public const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("recorder-trust-");

    public TrustFolder()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            _folder.Delete();
            Assert.Skip("only root can give files to others, and only Linux is meant here");
        }
    }

    public string Path => _folder.FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Makes a folder.</summary>
    public string Folder(string name, UnixFileMode mode = Closed, uint owner = 0)
    {
        Directory.CreateDirectory(this[name]);
        File.SetUnixFileMode(this[name], mode);
        Give(this[name], owner);
        return this[name];
    }

    /// <summary>Makes a file.</summary>
    public string MakeFile(string name, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite, uint owner = 0)
    {
        File.WriteAllText(this[name], "{}");
        File.SetUnixFileMode(this[name], mode);
        Give(this[name], owner);
        return this[name];
    }

    /// <summary>Makes a symbolic link.</summary>
    public string Link(string name, string target, uint owner = 0)
    {
        File.CreateSymbolicLink(this[name], target);
        Give(this[name], owner);
        return this[name];
    }

    /// <summary>Gives a file an access list; skips the test where the file system has none.</summary>
    public static void SetAcl(string path, params (ushort Tag, ushort Rights, uint Id)[] entries)
    {
        byte[] list = [2, 0, 0, 0, .. entries.SelectMany(AclEntry.Bytes)];
        if (setxattr(path, "system.posix_acl_access", list, (nuint)list.Length, 0) != 0)
        {
            Assert.Skip($"no ACL can be set here: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    /// <summary>Gives a file, or a link itself, to a user.</summary>
    public static void Give(string path, uint owner) => Assert.Equal(0, lchown(path, owner, owner));

    public void Dispose() => _folder.Delete(recursive: true);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lchown(string path, uint owner, uint group);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int setxattr(string path, string name, byte[] value, nuint size, int flags);
}
