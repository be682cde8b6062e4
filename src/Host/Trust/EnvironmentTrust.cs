using System.Collections;

namespace SessionRecorder.Host.Trust;

/// <summary>Knows the environment variables through which code or settings of others come into a process.</summary>
/// <remarks>
/// <para>
/// Some of them act before the first line of this program: the loader's, the runtime's. They cannot be undone here, and
/// a program that starts itself anew would be started by what they brought. So with administrator rights this program
/// refuses to work with one of them set, which shows a mistake; against who controls an administrator's environment there
/// is no defence. The runtime's startup hooks are switched off in the project besides.
/// </para>
/// <para>What this program starts gets an environment of its own: see <see cref="ChildEnvironment"/>.</para>
/// </remarks>
internal static class EnvironmentTrust
{
    private static readonly HashSet<string> Loading = new(StringComparer.OrdinalIgnoreCase)
    {
        "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "GCONV_PATH",
        "OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES",
        "DOTNET_STARTUP_HOOKS", "DOTNET_ADDITIONAL_DEPS", "DOTNET_SHARED_STORE", "DOTNET_DiagnosticPorts",
        "DOTNET_GCName", "DOTNET_GCPath", "COMPlus_GCName", "COMPlus_GCPath",
        "DOTNET_AltJit", "DOTNET_AltJitName", "COMPlus_AltJit", "COMPlus_AltJitName",
    };

    /// <summary>Profilers: <c>CORECLR_PROFILER_PATH_64</c> and the like.</summary>
    private static readonly string[] LoadingPrefixes = ["CORECLR_", "COR_", "DOTNET_PROFILER", "DOTNET_ENABLE_PROFILING"];

    private static readonly string[] SteeringPrefixes =
        ["LD_", "DOTNET_", "COMPlus_", "OPENSSL_", "FFREPORT", "AV_LOG_", "GLIBC_TUNABLES", "MALLOC_"];

    /// <summary>Whether a variable has the loader, the runtime or a library load code into this process.</summary>
    public static bool LoadsCode(string name) =>
        Loading.Contains(name) || LoadingPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a variable steers a program that is started with it in a way that no session needs.</summary>
    public static bool SteersPrograms(string name) =>
        LoadsCode(name)
        || name.Equals("PATH", StringComparison.OrdinalIgnoreCase)
        || SteeringPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>Refuses to go on in an environment that has loaded code, or will.</summary>
    /// <exception cref="TrustException">It names a variable that does.</exception>
    public static void Require(TrustPolicy trust, IDictionary environment)
    {
        var name = trust.IsEnforced
            ? environment.Cast<DictionaryEntry>()
                .Where(variable => variable.Value is string { Length: > 0 })
                .Select(variable => (string)variable.Key)
                .Order(StringComparer.Ordinal)
                .FirstOrDefault(LoadsCode)
            : null;
        if (name is not null)
        {
            throw new TrustException(
                $"the environment variable {name} has other code loaded into this process, which has administrator rights",
                name,
                OperatingSystem.IsWindows() ? "remove it, and start again" : $"start it without: `env -u {name} session-recorder`");
        }
    }
}
