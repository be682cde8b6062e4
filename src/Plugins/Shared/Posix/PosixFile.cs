using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SessionRecorder.Plugins.Interop;

/// <summary>What the C library tells of a file; and of users.</summary>
/// <param name="Mode">Type and permissions, as stat(2) gives them.</param>
/// <param name="Owner">The owner's user id.</param>
internal readonly unsafe partial record struct PosixFile(int Mode, uint Owner)
{
    // <fcntl.h> and <linux/stat.h>; struct statx is the same on every architecture, O_NOFOLLOW is not.
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int LinkLoop = 40;
    private const int WorkingDirectory = -100;
    private const int EmptyPath = 0x1000;
    private const int LinkItself = 0x100;
    private const uint TypeModeAndOwner = 0x1 | 0x2 | 0x8;
    private const int StatusLength = 256;
    private const int OwnerOffset = 20;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int RegularType = 0x8000;
    private const int FolderType = 0x4000;
    private const int LinkType = 0xA000;
    private const int Sticky = 0x200;
    private const int WritableByOthers = 0x12;

    private static readonly int DoNotFollow =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    public bool IsRegular => (Mode & TypeMask) == RegularType;

    public bool IsFolder => (Mode & TypeMask) == FolderType;

    /// <summary>Whether the group or anybody may write it.</summary>
    public bool IsWritableByOthers => (Mode & WritableByOthers) != 0;

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
    public static PosixFile Look(SafeFileHandle file) => Look((int)file.DangerousGetHandle(), "", EmptyPath) ?? throw Failure();

    /// <summary>What lies at a path, be it a link, and whose; null where nothing does that may be looked at.</summary>
    public static PosixFile? Look(string path) => Look(WorkingDirectory, path, LinkItself);

    /// <summary>Whether a user could put something else in the place of a folder, or of what others have in it.</summary>
    public static bool IsOpenTo(uint user, string folder) =>
        Look(folder) is not { } found
        || found.Owner == user
        || ((found.Mode & TypeMask) != LinkType && found.IsWritableByOthers && (found.Mode & Sticky) == 0);

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

    private static PosixFile? Look(int folder, string path, int flags)
    {
        var status = stackalloc byte[StatusLength];
        return statx(folder, path, flags, TypeModeAndOwner, status) == 0
            ? new PosixFile(*(ushort*)(status + ModeOffset), *(uint*)(status + OwnerOffset))
            : null;
    }

    private static IOException Failure() => new(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int statx(int folder, string path, int flags, uint mask, byte* status);

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
}
