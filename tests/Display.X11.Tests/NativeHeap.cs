using System.Runtime.InteropServices;

namespace SessionRecorder.Tests;

/// <summary>The C library's account of its heap.</summary>
internal static partial class NativeHeap
{
    public static long BytesInUse() => (long)mallinfo2().InUse;

    [LibraryImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial MallInfo2 mallinfo2();

    [StructLayout(LayoutKind.Sequential)]
    private struct MallInfo2
    {
        public nuint Arena, FreeChunks, FastChunks, Mapped, MappedBytes, Unused, FastBytes, InUse, Free, Releasable;
    }
}
