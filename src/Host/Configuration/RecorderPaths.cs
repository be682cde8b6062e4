namespace SessionRecorder.Host.Configuration;

/// <summary>Where things lie when nothing else is configured.</summary>
internal static class RecorderPaths
{
    private const string UnixName = "session-recorder";
    private const string WindowsName = "SessionRecorder";

    /// <summary>The configuration that is read when <c>--config</c> names none; it may be absent.</summary>
    public static string DefaultConfigurationFile => OperatingSystem.IsWindows()
        ? Path.Combine(ProgramData, WindowsName, "recorder.json")
        : $"/etc/{UnixName}/recorder.json";

    /// <summary>The folder <c>plugins</c> beside the program.</summary>
    public static string DefaultPluginDirectory => Path.Combine(AppContext.BaseDirectory, "plugins");

    /// <summary>The machine's folder where the host has the rights for it, else the user's own.</summary>
    public static string DefaultDataDirectory()
    {
        if (OperatingSystem.IsWindows())
        {
            return Path.Combine(ProgramData, WindowsName);
        }

        if (Environment.IsPrivilegedProcess)
        {
            return $"/var/lib/{UnixName}";
        }

        // The XDG specification has relative paths ignored.
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        return Path.IsPathFullyQualified(state ?? "")
            ? Path.Combine(state!, UnixName)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state", UnixName);
    }

    private static string ProgramData => Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData);
}
