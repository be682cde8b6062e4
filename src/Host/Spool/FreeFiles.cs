using System.Runtime.InteropServices;

namespace SessionRecorder.Host.Spool;

/// <summary>How many files a disk still takes: many file systems of Linux have a fixed number, which users can use up.</summary>
internal static partial class FreeFiles
{
    // <sys/statvfs.h> where a long has 64 bits: fields of 8 bytes, of which f_files and f_ffree are these.
    private const int Fields = 16;
    private const int All = 5;
    private const int Free = 6;

    /// <summary>The number under a folder; <see cref="long.MaxValue"/> where there is no limit, or the system does not tell.</summary>
    public static long Under(string folder)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            return long.MaxValue;
        }

        Span<ulong> status = stackalloc ulong[Fields];
        return statvfs(folder, status) == 0 && status[All] != 0 ? (long)Math.Min(status[Free], long.MaxValue) : long.MaxValue;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int statvfs(string path, Span<ulong> status);
}
