using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SessionRecorder.Plugins.Interop;

/// <summary>What is used of the C library on Linux. Failures are <see cref="IOException"/> with errno as its HResult.</summary>
internal static partial class Posix
{
    public const int PermissionDenied = 1;
    public const int Exists = 17;
    public const int InvalidArgument = 22;
    public const int NotImplemented = 38;
    public const int NotSupported = 95;

    private const int CurrentDirectory = -100;
    private const uint NoReplace = 1;
    private const int ReadOnlyCloseOnExec = 0x80000;

    /// <summary>Renames without replacing; false when the file system cannot do that.</summary>
    /// <exception cref="IOException">Anything else, <see cref="Exists"/> among it.</exception>
    public static bool TryRename(string from, string to)
    {
        if (renameat2(CurrentDirectory, from, CurrentDirectory, to, NoReplace) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error is InvalidArgument or NotImplemented or NotSupported ? false : throw Failure(error, to);
    }

    /// <summary>Gives a file a second name, without replacing.</summary>
    /// <exception cref="IOException">It failed, <see cref="Exists"/> among it.</exception>
    public static void Link(string from, string to)
    {
        if (link(from, to) != 0)
        {
            // "Not permitted" is how a file system says that it has no second names at all.
            var error = Marshal.GetLastPInvokeError();
            throw Failure(error == PermissionDenied ? NotSupported : error, to);
        }
    }

    /// <summary>Makes the names in a folder durable.</summary>
    /// <exception cref="IOException">It failed.</exception>
    public static void FlushFolder(string path)
    {
        using var folder = new SafeFileHandle(open(path, ReadOnlyCloseOnExec), ownsHandle: true);
        if (folder.IsInvalid)
        {
            throw Failure(Marshal.GetLastPInvokeError(), path);
        }

        // Some network file systems have no fsync for folders; there is nothing better to be had from them.
        if (fsync(folder) != 0 && Marshal.GetLastPInvokeError() is not (InvalidArgument or NotSupported) and var error)
        {
            throw Failure(error, path);
        }
    }

    private static IOException Failure(int error, string path) =>
        new($"{Marshal.GetPInvokeErrorMessage(error)} : '{path}'", error);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int renameat2(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int link(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fsync(SafeFileHandle file);
}
