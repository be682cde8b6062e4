using System.Runtime.InteropServices;

namespace SessionRecorder.Plugins.Interop;

/// <summary>What is needed of user32 and shcore, as it is declared there (winuser.h, shellscalingapi.h).</summary>
internal static unsafe partial class User32
{
    public const int PrimaryMonitor = 1;
    public const int EffectiveDpi = 0;
    public const uint Popup = 0x80000000;
    public const uint AllInput = 0x04FF;
    public const uint InputAvailable = 0x0004;
    public const uint RemoveMessage = 1;
    public const uint WaitFailed = 0xFFFFFFFF;

    /// <summary>DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2.</summary>
    public const nint PerMonitorAwareV2 = -4;

    [StructLayout(LayoutKind.Sequential)]
    public struct Rectangle
    {
        public int Left;
        public int Top;
        public int Right;
        public int Bottom;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct MonitorInfo
    {
        public const int DeviceLength = 32;

        public int Size;
        public Rectangle Monitor;
        public Rectangle Work;
        public int Flags;
        public fixed char Device[DeviceLength];
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

    [LibraryImport("user32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool SetProcessDpiAwarenessContext(nint context);

    [LibraryImport("user32")]
    public static partial nint SetThreadDpiAwarenessContext(nint context);

    [LibraryImport("user32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool EnumDisplayMonitors(
        nint deviceContext, nint clip, delegate* unmanaged<nint, nint, Rectangle*, nint, int> callback, nint data);

    [LibraryImport("user32", EntryPoint = "GetMonitorInfoW")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool GetMonitorInfo(nint monitor, MonitorInfo* info);

    [LibraryImport("shcore")]
    public static partial int GetDpiForMonitor(nint monitor, int type, out uint x, out uint y);

    [LibraryImport("user32", EntryPoint = "CreateWindowExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial nint CreateWindowEx(
        uint extendedStyle, string className, string title, uint style, int x, int y, int width, int height,
        nint parent, nint menu, nint instance, nint data);

    [LibraryImport("user32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool DestroyWindow(nint window);

    [LibraryImport("user32", SetLastError = true)]
    public static partial uint MsgWaitForMultipleObjectsEx(
        uint count, nint* handles, uint milliseconds, uint wakeMask, uint flags);

    [LibraryImport("user32", EntryPoint = "PeekMessageW")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool PeekMessage(Message* message, nint window, uint first, uint last, uint remove);

    [LibraryImport("user32", EntryPoint = "DispatchMessageW")]
    public static partial nint DispatchMessage(Message* message);
}
