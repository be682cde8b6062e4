using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SessionRecorder.Host.Diagnostics;

/// <summary>Looks at what every recording on a machine depends on: the rights of this process, and the clock.</summary>
internal static partial class MachineCheck
{
    /// <summary>What adjtimex(2) answers when nothing keeps the clock right.</summary>
    private const int NotSynchronised = 5;

    /// <summary>More than <c>struct timex</c> takes on any system; all zero asks and changes nothing.</summary>
    private const int TimexBytes = 512;

    public static IEnumerable<Finding> Check(TimeProvider time) => [CheckRights(), CheckClock(time.GetUtcNow(), ReadClockState())];

    /// <summary>What a clock's time and state mean; the state is null where the system does not tell.</summary>
    public static Finding CheckClock(DateTimeOffset now, bool? isSynchronised)
    {
        const string Subject = "clock";
        var text = now.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
        var built = File.GetLastWriteTimeUtc(Environment.ProcessPath ?? AppContext.BaseDirectory);
        if (now < built - TimeSpan.FromDays(1))
        {
            return new(
                FindingLevel.Problem, Subject, $"it is {text} here, before this program was made",
                "set the clock: storage refuses requests that are minutes off, and the recording's times would be wrong");
        }

        return isSynchronised switch
        {
            true => new(FindingLevel.Ok, Subject, $"{text}, kept by a time service"),
            false => new(
                FindingLevel.Warning, Subject, $"{text}, and no time service keeps it right",
                "run chrony or systemd-timesyncd (on AWS with 169.254.169.123): segments bear this time, and storage refuses requests that are minutes off"),
            null => new(FindingLevel.Ok, Subject, text),
        };
    }

    private static Finding CheckRights() => Environment.IsPrivilegedProcess
        ? new(FindingLevel.Ok, "rights", OperatingSystem.IsWindows() ? "administrator rights" : "root")
        : new(
            FindingLevel.Warning, "rights", "doctor runs without administrator rights, so that it does not see what the hooks will",
            OperatingSystem.IsWindows() ? "run it as LocalSystem or from an elevated prompt" : "run it with sudo");

    private static bool? ReadClockState() => OperatingSystem.IsLinux() ? ReadLinuxClockState() : null;

    [SupportedOSPlatform("linux")]
    private static bool? ReadLinuxClockState()
    {
        Span<byte> timex = stackalloc byte[TimexBytes];
        timex.Clear();
        return AdjustTime(timex) switch
        {
            < 0 => null,
            NotSynchronised => false,
            _ => true,
        };
    }

    [LibraryImport("libc", EntryPoint = "adjtimex", SetLastError = true)]
    private static partial int AdjustTime(Span<byte> timex);
}
