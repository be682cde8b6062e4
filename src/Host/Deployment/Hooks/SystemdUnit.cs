using System.Text;

namespace SessionRecorder.Host.Deployment.Hooks;

/// <summary>The service on Linux.</summary>
internal static class SystemdUnit
{
    public const string Name = "session-recorder.service";

    /// <summary>The unit file.</summary>
    /// <param name="layout">Names the program.</param>
    /// <param name="watches">Whether it is what starts recordings.</param>
    /// <returns>Its text in UTF-8.</returns>
    public static byte[] ForLayout(MachineLayout layout, bool watches)
    {
        using var stream = typeof(SystemdUnit).Assembly.GetManifestResourceStream(Name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return Encoding.UTF8.GetBytes(reader.ReadToEnd()
            .ReplaceLineEndings("\n")
            .Replace("{folder}", layout.ProgramFolder, StringComparison.Ordinal)
            .Replace("{command}", $"{layout.Pointer} service{(watches ? $" {WindowsServiceHook.WatchOption}" : "")}", StringComparison.Ordinal));
    }
}
