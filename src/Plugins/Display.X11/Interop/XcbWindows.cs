using System.Runtime.InteropServices;

namespace SessionRecorder.Plugins.Interop;

/// <summary>What is used of libxcb to put a window with text onto the screen. Names and order are libxcb's.</summary>
internal static unsafe partial class XcbWindows
{
    public const ushort InputOutput = 1;
    public const uint BackPixel = 1 << 1;
    public const uint BorderPixel = 1 << 3;
    public const uint EventMask = 1 << 11;
    public const uint Foreground = 1 << 2;
    public const uint Background = 1 << 3;
    public const uint Font = 1 << 14;

    public const uint ButtonPressMask = 1 << 2;
    public const uint ExposureMask = 1 << 15;

    public const byte ButtonPress = 4;
    public const byte Expose = 12;
    public const byte DestroyNotify = 17;
    public const byte ClientMessage = 33;

    [LibraryImport(Xcb.Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_generate_id(nint connection);

    [LibraryImport(Xcb.Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_create_window(
        nint connection, byte depth, uint window, uint parent, short x, short y, ushort width, ushort height, ushort border,
        ushort windowClass, uint visual, uint mask, uint* values);

    [LibraryImport(Xcb.Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_map_window(nint connection, uint window);

    [LibraryImport(Xcb.Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_change_property(
        nint connection, byte mode, uint window, uint property, uint type, byte format, uint length, void* data);

    [LibraryImport(Xcb.Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_intern_atom(nint connection, byte onlyIfExists, ushort length, byte* name);

    [LibraryImport(Xcb.Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint xcb_intern_atom_reply(nint connection, uint cookie, out nint error);

    [LibraryImport(Xcb.Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_open_font_checked(nint connection, uint font, ushort length, byte* name);

    [LibraryImport(Xcb.Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint xcb_request_check(nint connection, uint cookie);

    [LibraryImport(Xcb.Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_query_font(nint connection, uint font);

    [LibraryImport(Xcb.Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint xcb_query_font_reply(nint connection, uint cookie, out nint error);

    [LibraryImport(Xcb.Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_create_gc(nint connection, uint context, uint drawable, uint mask, uint* values);

    [LibraryImport(Xcb.Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_image_text_16(
        nint connection, byte length, uint drawable, uint context, short x, short y, byte* characters);
}
