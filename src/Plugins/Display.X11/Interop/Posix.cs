using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SessionRecorder.Plugins.Interop;

/// <summary>What is used of the C library.</summary>
internal static unsafe partial class Posix
{
    public const short PollIn = 1;

    private const int DuplicateCloseOnExec = 1030;

    // <fcntl.h> and <linux/stat.h>; struct statx is the same on every architecture, O_NOFOLLOW is not.
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int LinkLoop = 40;
    private const int EmptyPath = 0x1000;
    private const uint TypeAndOwner = 0x1 | 0x8;
    private const int StatusLength = 256;
    private const int OwnerOffset = 20;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;

    private static readonly int DoNotFollow =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    /// <summary>A second descriptor of the same open socket, which no child process inherits; -1 on failure.</summary>
    public static int Duplicate(int fd) => fcntl(fd, DuplicateCloseOnExec, 0);

    [LibraryImport("libc", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fcntl(int fd, int command, int argument);

    [LibraryImport("libc", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    /// <summary>Opens a file to read it, at once, whatever it is.</summary>
    /// <returns>Its descriptor, which no child process inherits.</returns>
    /// <exception cref="IOException">It cannot be opened, or is a link where none is to be followed.</exception>
    public static SafeFileHandle OpenToRead(string path, bool followLink)
    {
        var fd = open(path, NonBlocking | CloseOnExec | (followLink ? 0 : DoNotFollow));
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true)
            : throw (Marshal.GetLastPInvokeError() == LinkLoop && !followLink ? new IOException("it is a symbolic link") : Failure());
    }

    /// <summary>What an open file is, and whose.</summary>
    /// <exception cref="IOException">It cannot be told.</exception>
    public static (bool IsRegular, uint Owner) Look(SafeFileHandle file)
    {
        var status = stackalloc byte[StatusLength];
        return statx(file, "", EmptyPath, TypeAndOwner, status) == 0
            ? ((*(ushort*)(status + ModeOffset) & TypeMask) == RegularFile, *(uint*)(status + OwnerOffset))
            : throw Failure();
    }

    /// <summary>The id of the user of a name; null where there is none.</summary>
    public static uint? UserNamed(string name)
    {
        const int BufferLength = 16 * 1024;
        var buffer = stackalloc byte[BufferLength];
        Account account;
        Account* found = null;
        return getpwnam_r(name, &account, buffer, BufferLength, &found) == 0 && found is not null ? found->UserId : null;
    }

    [LibraryImport("libc", EntryPoint = "geteuid"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint EffectiveUser();

    private static IOException Failure() => new(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int statx(SafeFileHandle folder, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int getpwnam_r(string name, Account* account, byte* buffer, nuint length, Account** result);

    /// <summary>struct passwd (glibc).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Account
    {
        public nint Name;
        public nint Password;
        public uint UserId;
        public uint GroupId;
        public nint Description;
        public nint Home;
        public nint Shell;
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollDescriptor
    {
        public int Fd;
        public short Events;
        public short Returned;
    }
}
