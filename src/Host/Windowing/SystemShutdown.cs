using SessionRecorder.Host.Recording;

namespace SessionRecorder.Host.Windowing;

/// <summary>The end of session and machine, by whatever means this system tells of it.</summary>
internal static class SystemShutdown
{
    /// <summary>Watches for an agent until disposed. On Linux SIGTERM tells, which every command heeds: nothing is to be done.</summary>
    public static IDisposable? Watch(Agent agent) => OperatingSystem.IsWindows() ? ShutdownWatch.Start(agent) : null;
}
