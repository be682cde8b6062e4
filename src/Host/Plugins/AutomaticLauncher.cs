using System.Security.Principal;
using SessionRecorder.Host.Deployment.Hooks;
using SessionRecorder.Host.Deployment.Windows;

namespace SessionRecorder.Host.Plugins;

/// <summary>The launcher where the configuration names none.</summary>
/// <remarks>
/// On Windows, hooks run as LocalSystem in a session of services that has no screen: only the launcher <c>service</c> brings an
/// agent into the user's. Whoever lacks the rights asks the service, where there is one; without it, somebody tries the
/// program out in a session of his own. On Linux a process reaches any display that it has the keys to, and whoever may not
/// read the configuration asks the service in any case.
/// </remarks>
internal static class AutomaticLauncher
{
    /// <summary>Launches agents in any session of Windows, or through the service.</summary>
    public const string Service = "service";

    /// <summary>Launches agents with the rights and in the session of whoever calls.</summary>
    public const string Direct = "direct";

    /// <summary>The plugin's name, for this process on this machine.</summary>
    public static string Name => OperatingSystem.IsWindows() && (IsLocalSystem() || IsServiceRegistered()) ? Service : Direct;

    [System.Runtime.Versioning.SupportedOSPlatform("windows")]
    private static bool IsLocalSystem()
    {
        using var identity = WindowsIdentity.GetCurrent();
        return identity.IsSystem;
    }

    [System.Runtime.Versioning.SupportedOSPlatform("windows")]
    private static bool IsServiceRegistered() => ServiceRegistry.Find(WindowsServiceHook.Name) is not null;
}
