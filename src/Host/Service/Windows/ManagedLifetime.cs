using System.Runtime.Versioning;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.WindowsServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Host.Service.Windows;

/// <summary>Windows' service manager, which tells a shutdown of the machine from an end of the service.</summary>
[SupportedOSPlatform("windows")]
internal sealed class ManagedLifetime(
    IHostEnvironment environment,
    IHostApplicationLifetime applicationLifetime,
    ILoggerFactory loggers,
    IOptions<HostOptions> host,
    IOptions<WindowsServiceLifetimeOptions> service)
    : WindowsServiceLifetime(environment, applicationLifetime, loggers, host, service), IMachineEnd
{
    private volatile bool _isNear;

    public Task<bool> IsNearAsync() => Task.FromResult(_isNear);

    protected override void OnShutdown()
    {
        _isNear = true;
        base.OnShutdown();
    }
}
