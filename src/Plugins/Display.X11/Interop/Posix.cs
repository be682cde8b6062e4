using System.Runtime.InteropServices;

namespace SessionRecorder.Plugins.Interop;

/// <summary>What is used of the C library for sockets.</summary>
internal static unsafe partial class Posix
{
    public const short PollIn = 1;

    private const int DuplicateCloseOnExec = 1030;

    /// <summary>A second descriptor of the same open socket, which no child process inherits; -1 on failure.</summary>
    public static int Duplicate(int fd) => fcntl(fd, DuplicateCloseOnExec, 0);

    [LibraryImport("libc", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fcntl(int fd, int command, int argument);

    [LibraryImport("libc", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollDescriptor
    {
        public int Fd;
        public short Events;
        public short Returned;
    }
}
