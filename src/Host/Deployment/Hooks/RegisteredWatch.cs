namespace SessionRecorder.Host.Deployment.Hooks;

/// <summary>Whether the service is registered as what starts recordings on a machine.</summary>
internal static class RegisteredWatch
{
    private const string Ending = " " + WindowsServiceHook.WatchOption;

    /// <summary>Looks at what is registered, whether it runs or not.</summary>
    /// <exception cref="IOException">The unit cannot be read.</exception>
    public static bool Find(MachineLayout layout, ISystemTools tools)
    {
        if (layout.IsWindows)
        {
            return tools.FindService(WindowsServiceHook.Name)?.Command.EndsWith(Ending, StringComparison.Ordinal) == true;
        }

        var unit = layout.Place(layout.Join(MachineLayout.SystemdFolder, SystemdUnit.Name));
        return File.Exists(unit) && File.ReadLines(unit).Any(line =>
            line.StartsWith("ExecStart=", StringComparison.Ordinal) && line.EndsWith(Ending, StringComparison.Ordinal));
    }
}
