using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Deployment;

/// <summary>The processes that run a program file.</summary>
internal static class ProgramUsers
{
    /// <summary>Finds them by the file that they run.</summary>
    /// <returns>Their ids; on Windows those alone that this process may look at.</returns>
    public static IReadOnlyList<int> Find(string program) =>
        OperatingSystem.IsWindows() ? FindOnWindows(program) : OperatingSystem.IsLinux() ? FindOnLinux(program) : [];

    private static List<int> FindOnWindows(string program)
    {
        var found = new List<int>();
        foreach (var process in Process.GetProcessesByName(Path.GetFileNameWithoutExtension(program)))
        {
            using (process)
            {
                if (string.Equals(FileOf(process), program, StringComparison.OrdinalIgnoreCase))
                {
                    found.Add(process.Id);
                }
            }
        }

        return found;
    }

    private static string? FileOf(Process process)
    {
        try
        {
            return process.MainModule?.FileName;
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            // It has ended, or is not ours to look at.
            return null;
        }
    }

    /// <remarks>By what identifies the file: the folders above it may be links, and a process tells its own path without them.</remarks>
    [SupportedOSPlatform("linux")]
    private static IReadOnlyList<int> FindOnLinux(string program) => LinuxFile.IdentityOf(program) is not { } wanted ? [] :
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && LinuxFile.IdentityOf(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/exe")) == wanted),
    ];
}
