using System.Runtime.InteropServices;

namespace SessionRecorder.Plugins.Interop;

/// <summary>The input clock through user32. Thread-safe.</summary>
internal sealed partial class Win32InputClock : IInputClock
{
    public (uint Now, uint LastInput) Read()
    {
        var last = new LastInputInfo { Size = (uint)Marshal.SizeOf<LastInputInfo>() };

        // Read after the input's, so that the difference is never negative.
        return GetLastInputInfo(ref last)
            ? (unchecked((uint)Environment.TickCount), last.Time)
            : throw Win32Desktop.Refused("when there was input cannot be asked");
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct LastInputInfo
    {
        public uint Size;
        public uint Time;
    }

    [LibraryImport("user32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetLastInputInfo(ref LastInputInfo info);
}
