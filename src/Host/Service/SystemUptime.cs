using System.Globalization;

namespace SessionRecorder.Host.Service;

/// <summary>For how long the system has been up, the time asleep included.</summary>
internal static class SystemUptime
{
    /// <summary>Reads it.</summary>
    public static TimeSpan Read() => OperatingSystem.IsLinux()
        ? TimeSpan.FromSeconds(double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture))
        : TimeSpan.FromMilliseconds(Environment.TickCount64);
}
