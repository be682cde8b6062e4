using System.Diagnostics;

namespace SessionRecorder.Host.Processes;

/// <summary>Finds the command that gives a child a parent-death signal. Thread-safe.</summary>
/// <remarks>setpriv(1) has had <c>--pdeathsig</c> since util-linux 2.33; .NET offers no hook between fork and exec.</remarks>
internal sealed class ParentDeathSignal
{
    private readonly Lazy<IReadOnlyList<string>> _wrapper = new(Find);

    /// <summary>What to put before the program and its arguments; empty where the system cannot do it.</summary>
    public IReadOnlyList<string> Wrapper => _wrapper.Value;

    private static IReadOnlyList<string> Find()
    {
        string[] candidates = OperatingSystem.IsLinux() ? ["/usr/bin/setpriv", "/bin/setpriv"] : [];
        var setpriv = candidates.FirstOrDefault(File.Exists);
        return setpriv is not null && KnowsOption(setpriv) ? [setpriv, "--pdeathsig", "KILL", "--"] : [];
    }

    private static bool KnowsOption(string setpriv)
    {
        var info = new ProcessStartInfo(setpriv, ["--pdeathsig", "KILL", "--", setpriv, "--version"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(info);
        if (process is null || !process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            return false;
        }

        return process.ExitCode == 0;
    }
}
