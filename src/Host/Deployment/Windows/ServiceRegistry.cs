using System.Runtime.Versioning;
using System.ServiceProcess;
using Microsoft.Win32;

namespace SessionRecorder.Host.Deployment.Windows;

/// <summary>The services that are registered with Windows. What sc.exe prints is for people, and in their language.</summary>
[SupportedOSPlatform("windows")]
internal static class ServiceRegistry
{
    private const string Services = @"SYSTEM\CurrentControlSet\Services";

    /// <summary>Finds a service; null where none of that name is registered.</summary>
    public static RegisteredService? Find(string name)
    {
        using var key = Registry.LocalMachine.OpenSubKey($@"{Services}\{name}");
        return key?.GetValue("ImagePath", null, RegistryValueOptions.DoNotExpandEnvironmentNames) is string command
            ? new RegisteredService(command, Runs(name))
            : null;
    }

    private static bool Runs(string name)
    {
        using var service = new ServiceController(name);
        try
        {
            return service.Status != ServiceControllerStatus.Stopped;
        }
        catch (InvalidOperationException)
        {
            // Registered, and not known to the service manager: it is being removed.
            return false;
        }
    }
}
