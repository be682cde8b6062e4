using System.Runtime.InteropServices;

namespace SessionRecorder.Plugins.Interop;

/// <summary>What is used of libxcb-screensaver. To be called only where the server has the extension.</summary>
internal static partial class XcbScreenSaver
{
    public const string Library = "libxcb-screensaver.so.0";

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_screensaver_query_info(nint connection, uint drawable);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint xcb_screensaver_query_info_reply(nint connection, uint cookie, out nint error);
}
