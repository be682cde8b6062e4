using System.Runtime.InteropServices;
using System.Runtime.Versioning;

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
    private const uint DirectoryType = 0x4000;
    private const uint LinkType = 0xA000;
    private const uint StickyBit = 0x200;

    // <linux/fcntl.h> and <linux/stat.h>; struct statx is the same on every architecture.
    private const int FromWorkingDirectory = -100;
    private const int DoNotFollow = 0x100;
    private const uint TypeModeOwnerAndInode = 0x1 | 0x2 | 0x8 | 0x100;
    private const int StatusLength = 256;
    private const int OwnerOffset = 20;
    private const int ModeOffset = 28;
    private const int InodeOffset = 32;
    private const int DeviceOffset = 136;
    private const int NoSuchFile = 2;
    private const int NotADirectory = 20;

    public bool IsDirectory => (Mode & TypeMask) == DirectoryType;

    public bool IsLink => (Mode & TypeMask) == LinkType;

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

    /// <summary>The user whose rights this process has.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint OwnUser();

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ReadStatus(int folder, string path, int flags, uint mask, Span<byte> status);
}
