using System.Runtime.InteropServices;

namespace SessionRecorder.Host.Windowing;

/// <summary>What hidden windows need of user32 and kernel32, as it is declared there (winuser.h).</summary>
internal static unsafe partial class User32
{
    public const uint Popup = 0x80000000;
    public const uint Close = 0x0010;
    public const uint QueryEndSession = 0x0011;
    public const uint Quit = 0x0012;
    public const uint EndSession = 0x0016;

    /// <summary>ENDSESSION_LOGOFF: the user logs off; otherwise the machine shuts down or restarts.</summary>
    public const nint EndSessionLogoff = unchecked((int)0x80000000);

    [StructLayout(LayoutKind.Sequential)]
    public struct WindowClass
    {
        public int Size;
        public uint Style;
        public delegate* unmanaged<nint, uint, nuint, nint, nint> Procedure;
        public int ClassExtra;
        public int WindowExtra;
        public nint Instance;
        public nint Icon;
        public nint Cursor;
        public nint Background;
        public char* Menu;
        public char* Name;
        public nint SmallIcon;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Message
    {
        public nint Window;
        public uint Id;
        public nuint WParam;
        public nint LParam;
        public uint Time;
        public int X;
        public int Y;
        public uint Private;
    }

    [LibraryImport("user32", EntryPoint = "RegisterClassExW", SetLastError = true)]
    public static partial ushort RegisterClassEx(WindowClass* windowClass);

    [LibraryImport("user32", EntryPoint = "CreateWindowExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial nint CreateWindowEx(
        uint extendedStyle, nint className, string title, uint style, int x, int y, int width, int height,
        nint parent, nint menu, nint instance, nint data);

    [LibraryImport("user32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool DestroyWindow(nint window);

    [LibraryImport("user32", EntryPoint = "DefWindowProcW")]
    public static partial nint DefWindowProc(nint window, uint message, nuint wParam, nint lParam);

    [LibraryImport("user32", EntryPoint = "GetMessageW")]
    public static partial int GetMessage(Message* message, nint window, uint first, uint last);

    [LibraryImport("user32", EntryPoint = "DispatchMessageW")]
    public static partial nint DispatchMessage(Message* message);

    [LibraryImport("user32", EntryPoint = "PostThreadMessageW")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool PostThreadMessage(uint thread, uint message, nuint wParam, nint lParam);

    [LibraryImport("user32", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool ShutdownBlockReasonCreate(nint window, string reason);

    [LibraryImport("user32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool ShutdownBlockReasonDestroy(nint window);

    [LibraryImport("kernel32")]
    public static partial uint GetCurrentThreadId();

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool SetProcessShutdownParameters(uint level, uint flags);
}
