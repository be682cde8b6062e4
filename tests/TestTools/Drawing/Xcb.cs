using System.Runtime.InteropServices;

namespace SessionRecorder.TestTools.Drawing;

/// <summary>The few calls of libxcb that painting needs. Names and order of arguments are libxcb's.</summary>
internal static unsafe partial class Xcb
{
    public const uint GcForeground = 1 << 2;
    public const uint GcBackground = 1 << 3;
    public const uint GcFont = 1 << 14;
    public const uint GcGraphicsExposures = 1 << 16;
    public const uint WindowBackPixel = 1 << 1;
    public const uint WindowOverrideRedirect = 1 << 9;
    public const ushort ConfigStackMode = 1 << 6;
    public const ushort InputOutput = 1;

    private const string Library = "libxcb.so.1";

    [LibraryImport(Library, EntryPoint = "xcb_connect", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint Connect(string display, int* screen);

    [LibraryImport(Library, EntryPoint = "xcb_disconnect")]
    public static partial void Disconnect(nint connection);

    [LibraryImport(Library, EntryPoint = "xcb_connection_has_error")]
    public static partial int ConnectionHasError(nint connection);

    [LibraryImport(Library, EntryPoint = "xcb_get_setup")]
    public static partial nint GetSetup(nint connection);

    [LibraryImport(Library, EntryPoint = "xcb_setup_roots_iterator")]
    public static partial ScreenIterator SetupRootsIterator(nint setup);

    [LibraryImport(Library, EntryPoint = "xcb_generate_id")]
    public static partial uint GenerateId(nint connection);

    [LibraryImport(Library, EntryPoint = "xcb_create_window")]
    public static partial uint CreateWindow(
        nint connection,
        byte depth,
        uint window,
        uint parent,
        short x,
        short y,
        ushort width,
        ushort height,
        ushort border,
        ushort windowClass,
        uint visual,
        uint mask,
        uint* values);

    [LibraryImport(Library, EntryPoint = "xcb_map_window")]
    public static partial uint MapWindow(nint connection, uint window);

    [LibraryImport(Library, EntryPoint = "xcb_configure_window")]
    public static partial uint ConfigureWindow(nint connection, uint window, ushort mask, uint* values);

    [LibraryImport(Library, EntryPoint = "xcb_create_pixmap")]
    public static partial uint CreatePixmap(
        nint connection, byte depth, uint pixmap, uint drawable, ushort width, ushort height);

    [LibraryImport(Library, EntryPoint = "xcb_create_gc")]
    public static partial uint CreateGc(nint connection, uint gc, uint drawable, uint mask, uint* values);

    [LibraryImport(Library, EntryPoint = "xcb_change_gc")]
    public static partial uint ChangeGc(nint connection, uint gc, uint mask, uint* values);

    [LibraryImport(Library, EntryPoint = "xcb_open_font", StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint OpenFont(nint connection, uint font, ushort length, string name);

    [LibraryImport(Library, EntryPoint = "xcb_poly_fill_rectangle")]
    public static partial uint PolyFillRectangle(nint connection, uint drawable, uint gc, uint count, Rectangle* rectangles);

    [LibraryImport(Library, EntryPoint = "xcb_copy_area")]
    public static partial uint CopyArea(
        nint connection,
        uint source,
        uint target,
        uint gc,
        short sourceX,
        short sourceY,
        short targetX,
        short targetY,
        ushort width,
        ushort height);

    [LibraryImport(Library, EntryPoint = "xcb_image_text_8", StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint ImageText8(
        nint connection, byte length, uint drawable, uint gc, short x, short y, string text);

    [LibraryImport(Library, EntryPoint = "xcb_flush")]
    public static partial int Flush(nint connection);

    [StructLayout(LayoutKind.Sequential)]
    public struct ScreenIterator
    {
        public Screen* Data;
        public int Remaining;
        public int Index;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Screen
    {
        public uint Root;
        public uint DefaultColormap;
        public uint WhitePixel;
        public uint BlackPixel;
        public uint CurrentInputMasks;
        public ushort Width;
        public ushort Height;
        public ushort WidthMillimetres;
        public ushort HeightMillimetres;
        public ushort MinInstalledMaps;
        public ushort MaxInstalledMaps;
        public uint RootVisual;
        public byte BackingStores;
        public byte SaveUnders;
        public byte RootDepth;
        public byte AllowedDepths;
    }

    [StructLayout(LayoutKind.Sequential)]
    public readonly record struct Rectangle(short X, short Y, ushort Width, ushort Height);
}
