using System.Runtime.InteropServices;

namespace SessionRecorder.Plugins.Interop;

/// <summary>What is used of libxcb. Replies, errors and events that it returns are freed by the caller.</summary>
/// <remarks>
/// Not Xlib: that one ends the whole process when the server goes away. A cookie is a struct of one unsigned int and is
/// passed as that.
/// </remarks>
internal static unsafe partial class Xcb
{
    public const string Library = "libxcb.so.1";
    public const uint EventMaskAttribute = 0x800;
    public const uint StructureNotifyMask = 1 << 17;

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint xcb_connect_to_fd(int fd, AuthInfo* auth);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void xcb_disconnect(nint connection);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int xcb_connection_has_error(nint connection);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int xcb_get_file_descriptor(nint connection);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint xcb_get_setup(nint connection);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial ScreenIterator xcb_setup_roots_iterator(nint setup);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void xcb_screen_next(ScreenIterator* iterator);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int xcb_flush(nint connection);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint xcb_poll_for_event(nint connection);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_change_window_attributes(nint connection, uint window, uint mask, uint* values);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_query_extension(nint connection, ushort length, byte* name);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint xcb_query_extension_reply(nint connection, uint cookie, out nint error);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_get_geometry(nint connection, uint drawable);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint xcb_get_geometry_reply(nint connection, uint cookie, out nint error);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint xcb_get_atom_name(nint connection, uint atom);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint xcb_get_atom_name_reply(nint connection, uint cookie, out nint error);

    /// <summary>xcb_auth_info_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct AuthInfo
    {
        public int NameLength;
        public byte* Name;
        public int DataLength;
        public byte* Data;
    }

    /// <summary>xcb_screen_iterator_t; a screen begins with the id of its root window.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ScreenIterator
    {
        public uint* Screen;
        public int Remaining;
        public int Index;
    }
}
