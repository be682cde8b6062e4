using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SessionRecorder.Plugins;

/// <summary>Reads files on Linux that root alone can write; anything else might be the user's own words.</summary>
[SupportedOSPlatform("linux")]
internal static partial class RootFile
{
    private const long MostBytes = 64 * 1024;

    // <fcntl.h>, <linux/stat.h>; the same on x86-64 and arm64, O_NOFOLLOW and O_DIRECTORY excepted, which are not used.
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int EmptyPath = 0x1000;
    private const int NoFollow = 0x100;
    private const int WorkingDirectory = -100;
    private const uint TypeModeAndOwner = 0x1 | 0x2 | 0x8;
    private const int StatusLength = 256;
    private const int OwnerOffset = 20;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int RegularType = 0x8000;
    private const int DirectoryType = 0x4000;
    private const int WritableByOthers = 0x12;

    /// <summary>A file's text; null where there is none, or where anybody but its rightful owner can write it.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="owner">Who is trusted: root, save in tests.</param>
    public static string? Read(string path, uint owner = 0)
    {
        if (!IsOwned(path, RegularType, owner) || !IsOwned(Path.GetDirectoryName(path)!, DirectoryType, owner))
        {
            return null;
        }

        // Not blocking: what takes the file's place meanwhile may be a pipe, and is looked at again once open.
        using var handle = Open(path, NonBlocking | CloseOnExec);
        if (handle.IsInvalid || !IsOwned(handle, owner))
        {
            return null;
        }

        using var stream = new FileStream(handle, FileAccess.Read, 1);
        if (stream.Length > MostBytes)
        {
            return null;
        }

        var bytes = new byte[stream.Length];
        var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return Encoding.UTF8.GetString(bytes.AsSpan(0, read));
    }

    /// <summary>Whether a folder is there that root alone can write.</summary>
    public static bool IsFolder(string path, uint owner = 0) => IsOwned(path, DirectoryType, owner);

    private static bool IsOwned(string path, int type, uint owner)
    {
        Span<byte> status = stackalloc byte[StatusLength];
        return ReadStatus(WorkingDirectory, path, NoFollow, TypeModeAndOwner, status) == 0 && IsOwned(status, type, owner);
    }

    private static bool IsOwned(SafeFileHandle handle, uint owner)
    {
        Span<byte> status = stackalloc byte[StatusLength];
        return ReadStatus((int)handle.DangerousGetHandle(), "", EmptyPath, TypeModeAndOwner, status) == 0
            && IsOwned(status, RegularType, owner);
    }

    private static bool IsOwned(ReadOnlySpan<byte> status, int type, uint owner)
    {
        var mode = MemoryMarshal.Read<ushort>(status[ModeOffset..]);
        return (mode & TypeMask) == type
            && (mode & WritableByOthers) == 0
            && MemoryMarshal.Read<uint>(status[OwnerOffset..]) == owner;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ReadStatus(int folder, string path, int flags, uint mask, Span<byte> status);
}
