using System.Runtime.InteropServices;

namespace SessionRecorder.WineHelper;

/// <summary>ChangeDisplaySettingsExW, as winuser.h and wingdi.h declare it.</summary>
internal static unsafe partial class DisplayMode
{
    private const int PelsWidth = 0x80000;
    private const int PelsHeight = 0x100000;

    /// <summary>Sets the primary monitor's size.</summary>
    /// <returns>0 when done, else what Windows answered.</returns>
    public static int Set(int width, int height)
    {
        var mode = new DeviceMode
        {
            Size = (ushort)sizeof(DeviceMode),
            Fields = PelsWidth | PelsHeight,
            Width = (uint)width,
            Height = (uint)height,
        };
        return ChangeDisplaySettingsEx(null, &mode, 0, 0, 0);
    }

    [LibraryImport("user32", EntryPoint = "ChangeDisplaySettingsExW", StringMarshalling = StringMarshalling.Utf16)]
    private static partial int ChangeDisplaySettingsEx(string? device, DeviceMode* mode, nint window, uint flags, nint data);

    /// <summary>DEVMODEW with the display's members of its unions; 220 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct DeviceMode
    {
        public fixed char DeviceName[32];
        public ushort SpecVersion;
        public ushort DriverVersion;
        public ushort Size;
        public ushort DriverExtra;
        public uint Fields;
        public fixed uint Position[2];
        public fixed uint Orientation[2];
        public fixed short PrinterPart[5];
        public fixed char FormName[32];
        public ushort LogPixels;
        public uint BitsPerPel;
        public uint Width;
        public uint Height;
        public uint DisplayFlags;
        public uint Frequency;
        public fixed uint ColourManagement[8];
    }
}
