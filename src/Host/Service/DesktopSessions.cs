namespace SessionRecorder.Host.Service;

/// <summary>The one place where the service is given who is logged on.</summary>
internal static class DesktopSessions
{
    /// <summary>The system's sessions.</summary>
    /// <exception cref="PlatformException">There is nobody to ask on this system.</exception>
    public static IDesktopSessions OfThisSystem(TimeProvider time) => OperatingSystem.IsLinux()
        ? new XServerSessions(XServerSessions.SocketFolder, time)
        : throw new PlatformException(
            "the sessions of this system cannot be told",
            FailureScope.Host,
            isTransient: false,
            "run the service on a system whose sessions are known");
}
