using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace SessionRecorder.TestTools.Processes;

/// <summary>What Linux tells about processes, and signals to them.</summary>
public static partial class ProcFs
{
    public const int SigInt = 2;
    public const int SigKill = 9;
    public const int SigTerm = 15;
    public const int SigCont = 18;
    public const int SigStop = 19;

    /// <summary>The processes that run and whose environment holds a variable, by which a test knows its own.</summary>
    public static IReadOnlyList<int> FindByEnvironment(string name, string value)
    {
        var wanted = $"\0{name}={value}\0";
        return
        [
            .. Directory.EnumerateDirectories("/proc")
                .Select(Path.GetFileName)
                .Where(folder => int.TryParse(folder, out _))
                .Select(folder => int.Parse(folder!, CultureInfo.InvariantCulture))
                .Where(id => ("\0" + Read(id, "environ")).Contains(wanted, StringComparison.Ordinal) && IsRunning(id))
                .Order(),
        ];
    }

    /// <summary>The processes that run with the rights of a user; none for root.</summary>
    public static IReadOnlyList<int> FindByOwner(int user) => user == 0 ? [] :
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(folder => int.TryParse(folder, out _))
            .Select(folder => int.Parse(folder!, CultureInfo.InvariantCulture))
            .Where(id => Read(id, "status").Split('\n').Any(line => line.StartsWith($"Uid:\t{user}\t", StringComparison.Ordinal)) && IsRunning(id)),
    ];

    /// <summary>A process's environment, variable by variable, as it was started with.</summary>
    public static IReadOnlyList<string> Environment(int id) =>
        Read(id, "environ").Split('\0', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whether a process exists and is not a zombie.</summary>
    public static bool IsRunning(int id) => State(id) is not null and not 'Z' and not 'X';

    /// <summary>The arguments a process was started with; empty when there is none.</summary>
    public static IReadOnlyList<string> CommandLine(int id) =>
        Read(id, "cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The program a process runs; null when it cannot be told.</summary>
    public static string? Program(int id)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{id}/exe", returnFinalTarget: false)?.FullName;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Resident memory now, in bytes.</summary>
    public static long ResidentBytes(int id) => StatusKilobytes(id, "VmRSS:") * 1024;

    /// <summary>The most resident memory it ever had, in bytes.</summary>
    public static long PeakResidentBytes(int id) => StatusKilobytes(id, "VmHWM:") * 1024;

    /// <summary>User and system time used so far, of the process without its children.</summary>
    public static TimeSpan CpuTime(int id)
    {
        var fields = StatFields(id);
        return fields is null
            ? TimeSpan.Zero
            : TimeSpan.FromMilliseconds(10 * (long.Parse(fields[11], CultureInfo.InvariantCulture)
                + long.Parse(fields[12], CultureInfo.InvariantCulture)));
    }

    /// <summary>Sends a signal to one process.</summary>
    public static void Signal(int id, int signal)
    {
        // A failure is a process that has ended meanwhile; whoever cares looks at IsRunning.
        _ = Kill(id, signal);
    }

    private static char? State(int id) => StatFields(id)?[0][0];

    // The second field is the name in parentheses and may hold anything; the rest follows the last parenthesis.
    private static string[]? StatFields(int id)
    {
        var stat = Read(id, "stat");
        var end = stat.LastIndexOf(')');
        return end < 0 ? null : stat[(end + 2)..].Split(' ');
    }

    private static long StatusKilobytes(int id, string key)
    {
        var line = Read(id, "status").Split('\n').FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line[key.Length..].Replace("kB", "").Trim(), CultureInfo.InvariantCulture);
    }

    private static string Read(int id, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/{file}", Encoding.Latin1);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int id, int signal);
}
