using System.Runtime.InteropServices;

namespace SessionRecorder.Plugins.Interop;

/// <summary>What is used of libxcb-randr. To be called only where the server has the extension, in that version.</summary>
internal static partial class XcbRandr
{
    public const string Library = "libxcb-randr.so.0";

    /// <summary>Screen, CRTC and output changes.</summary>
    public const ushort ChangeMask = 1 | 2 | 4;

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_randr_query_version(nint connection, uint major, uint minor);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint xcb_randr_query_version_reply(nint connection, uint cookie, out nint error);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_randr_select_input(nint connection, uint window, ushort mask);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_randr_get_monitors(nint connection, uint window, byte onlyActive);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint xcb_randr_get_monitors_reply(nint connection, uint cookie, out nint error);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_randr_get_screen_resources_current(nint connection, uint window);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint xcb_randr_get_screen_resources_current_reply(nint connection, uint cookie, out nint error);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_randr_get_crtc_info(nint connection, uint crtc, uint timestamp);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint xcb_randr_get_crtc_info_reply(nint connection, uint cookie, out nint error);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_randr_get_output_info(nint connection, uint output, uint timestamp);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint xcb_randr_get_output_info_reply(nint connection, uint cookie, out nint error);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_randr_get_output_primary(nint connection, uint window);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint xcb_randr_get_output_primary_reply(nint connection, uint cookie, out nint error);
}
