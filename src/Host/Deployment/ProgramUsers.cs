using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace SessionRecorder.Host.Deployment;

/// <summary>The processes that run a program file.</summary>
internal static class ProgramUsers
{
    /// <summary>Finds them by the file that they run.</summary>
    /// <returns>Their ids; on Windows those alone that this process may look at.</returns>
    public static IReadOnlyList<int> Find(string program) =>
        OperatingSystem.IsWindows() ? FindOnWindows(program) : FindOnLinux(program);

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

    private static IReadOnlyList<int> FindOnLinux(string program) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && FileOf(id) == program),
    ];

    private static string? FileOf(int id)
    {
        try
        {
            return new FileInfo(Path.Combine("/proc", id.ToString(CultureInfo.InvariantCulture), "exe")).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is none of ours.
            return null;
        }
    }
}
