using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.Versioning;

namespace SessionRecorder.Host.Processes;

/// <summary>Tells whether a process id still means the process that it once meant.</summary>
/// <remarks>
/// A process id is used again; with the boot and the start time it is unique. So a process that outlived a crash can be
/// ended, and never a stranger in its place. Thread-safe.
/// </remarks>
internal static class ProcessIdentity
{
    /// <summary>The boot and start time of a process, comparable for equality only; null when it has ended.</summary>
    public static string? TokenOf(Process process)
    {
        try
        {
            return OperatingSystem.IsLinux()
                ? LinuxToken(process.Id)
                : process.StartTime.ToUniversalTime().Ticks.ToString();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Ends this very process if it still runs, and waits until it is gone.</summary>
    /// <returns>Whether it still ran.</returns>
    public static bool KillIfAlive(int processId, string token)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            if (TokenOf(process) != token)
            {
                return false;
            }

            process.Kill();
            process.WaitForExit(TimeSpan.FromSeconds(5));
            return true;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It ended before, or meanwhile.
            return false;
        }
    }

    [SupportedOSPlatform("linux")]
    private static string? LinuxToken(int processId) =>
        LinuxProcess.Find(processId) is { } process ? $"{BootId.Value}/{process.StartTicks}" : null;

    private static readonly Lazy<string> BootId = new(() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());
}
