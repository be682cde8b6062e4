using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace SessionRecorder.Host.Trust;

/// <summary>What Linux says of a file: .NET does not tell the owner.</summary>
/// <param name="Mode">Type and permissions, as stat(2) gives them.</param>
/// <param name="Owner">The owner's user id.</param>
/// <param name="Inode">Its number on its file system.</param>
/// <param name="Device">The file system.</param>
[SupportedOSPlatform("linux")]
internal readonly partial record struct LinuxFile(uint Mode, uint Owner, ulong Inode = 0, ulong Device = 0)
{
    public const uint GroupWrite = 0x10;
    public const uint OtherWrite = 0x2;

    private const uint TypeMask = 0xF000;
    private const uint RegularType = 0x8000;
    private const uint DirectoryType = 0x4000;
    private const uint LinkType = 0xA000;
    private const uint SocketType = 0xC000;
    private const uint StickyBit = 0x200;

    // <linux/fcntl.h> and <linux/stat.h>; struct statx is the same on every architecture.
    private const int FromWorkingDirectory = -100;
    private const int DoNotFollow = 0x100;
    private const uint TypeModeOwnerAndInode = 0x1 | 0x2 | 0x8 | 0x100;
    private const int StatusLength = 256;
    private const int OwnerOffset = 20;
    private const int ModeOffset = 28;
    private const int InodeOffset = 32;

    /// <summary>Major and minor number, 4 bytes each.</summary>
    private const int DeviceOffset = 136;

    private const int NoSuchFile = 2;
    private const int NotADirectory = 20;
    private const int NotAllowed = 13;
    private const int EmptyPath = 0x1000;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;

    public bool IsRegular => (Mode & TypeMask) == RegularType;

    public bool IsDirectory => (Mode & TypeMask) == DirectoryType;

    public bool IsLink => (Mode & TypeMask) == LinkType;

    public bool IsSocket => (Mode & TypeMask) == SocketType;

    public bool IsSticky => (Mode & StickyBit) != 0;

    /// <summary>Looks at a path, and not at what a link leads to.</summary>
    /// <returns>What is there; null when nothing is.</returns>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    public static LinuxFile? Look(string path)
    {
        Span<byte> status = stackalloc byte[StatusLength];
        if (ReadStatus(FromWorkingDirectory, path, DoNotFollow, TypeModeOwnerAndInode, status) == 0)
        {
            return new LinuxFile(
                MemoryMarshal.Read<ushort>(status[ModeOffset..]),
                MemoryMarshal.Read<uint>(status[OwnerOffset..]),
                MemoryMarshal.Read<ulong>(status[InodeOffset..]),
                MemoryMarshal.Read<ulong>(status[DeviceOffset..]));
        }

        var error = Marshal.GetLastPInvokeError();
        return error is NoSuchFile or NotADirectory
            ? null
            : throw new IOException($"{path} could not be looked at: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    /// <summary>What identifies a file, by whatever path and links it is reached.</summary>
    /// <returns>Device and number on it; null when nothing is there, or it may not be looked at.</returns>
    public static (ulong Device, ulong Number)? IdentityOf(string path)
    {
        Span<byte> status = stackalloc byte[StatusLength];
        return ReadStatus(FromWorkingDirectory, path, 0, TypeModeOwnerAndInode, status) == 0
            ? (MemoryMarshal.Read<ulong>(status[DeviceOffset..]), MemoryMarshal.Read<ulong>(status[InodeOffset..]))
            : null;
    }

    /// <summary>Opens a file to read it, at once, also where it is a pipe that nobody writes to; links are followed.</summary>
    /// <returns>What it is, and its descriptor, which no child process inherits.</returns>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static (LinuxFile File, SafeFileHandle Handle) OpenToRead(string path)
    {
        var handle = new SafeFileHandle(Open(path, NonBlocking | CloseOnExec), ownsHandle: true);
        Span<byte> status = stackalloc byte[StatusLength];
        if (handle.IsInvalid || ReadStatus((int)handle.DangerousGetHandle(), "", EmptyPath, TypeModeOwnerAndInode, status) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            handle.Dispose();
            throw error is NoSuchFile or NotADirectory ? new FileNotFoundException($"there is no file {path}", path)
                : error == NotAllowed ? new UnauthorizedAccessException($"{path} may not be read")
                : new IOException($"{path} could not be opened: {Marshal.GetPInvokeErrorMessage(error)}", error);
        }

        return (new LinuxFile(MemoryMarshal.Read<ushort>(status[ModeOffset..]), MemoryMarshal.Read<uint>(status[OwnerOffset..])), handle);
    }

    /// <summary>The user whose rights this process has.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint OwnUser();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ReadStatus(int folder, string path, int flags, uint mask, Span<byte> status);
}
