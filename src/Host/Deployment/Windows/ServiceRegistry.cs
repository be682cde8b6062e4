using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.ServiceProcess;
using Microsoft.Win32;

namespace SessionRecorder.Host.Deployment.Windows;

/// <summary>The services that are registered with Windows. What sc.exe prints is for people, and in their language.</summary>
[SupportedOSPlatform("windows")]
internal static partial class ServiceRegistry
{
    private const string Services = @"SYSTEM\CurrentControlSet\Services";

    /// <summary>SC_STATUS_PROCESS_INFO.</summary>
    private const int ProcessInformation = 0;

    /// <summary>Finds a service; null where none of that name is registered.</summary>
    public static RegisteredService? Find(string name)
    {
        using var key = Registry.LocalMachine.OpenSubKey($@"{Services}\{name}");
        if (key?.GetValue("ImagePath", null, RegistryValueOptions.DoNotExpandEnvironmentNames) is not string command)
        {
            return null;
        }

        using var service = new ServiceController(name);
        try
        {
            return service.Status == ServiceControllerStatus.Stopped
                ? new RegisteredService(command, Runs: false)
                : new RegisteredService(command, Runs: true, ProcessOf(service));
        }
        catch (InvalidOperationException)
        {
            // Registered, and not known to the service manager: it is being removed.
            return new RegisteredService(command, Runs: false);
        }
    }

    /// <remarks>Null also for who is no administrator: the handle is asked for with all rights.</remarks>
    private static int? ProcessOf(ServiceController service)
    {
        try
        {
            using var handle = service.ServiceHandle;
            return QueryServiceStatusEx(handle, ProcessInformation, out var status, Unsafe.SizeOf<ServiceStatus>(), out _) && status.ProcessId > 0
                ? status.ProcessId
                : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool QueryServiceStatusEx(SafeHandle service, int level, out ServiceStatus status, int size, out int needed);

    /// <summary>SERVICE_STATUS_PROCESS.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ServiceStatus
    {
        public int ServiceType;
        public int CurrentState;
        public int ControlsAccepted;
        public int Win32ExitCode;
        public int ServiceSpecificExitCode;
        public int CheckPoint;
        public int WaitHint;
        public int ProcessId;
        public int ServiceFlags;
    }
}
