using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Deployment.Hooks;

/// <summary>All the ways in which a system may call this program.</summary>
/// <param name="SessionScripts">AppStream's session scripts.</param>
/// <param name="PoolScripts">Those of WorkSpaces Pools; null where the system has none.</param>
/// <param name="Tasks">Scheduled tasks; null where the system has none.</param>
/// <param name="Service">The service.</param>
internal sealed record AllHooks(IHook SessionScripts, IHook? PoolScripts, IHook? Tasks, IHook Service)
{
    /// <summary>Those of a machine.</summary>
    public static AllHooks Of(InstallRequest request, TrustPolicy trust, ISystemTools tools)
    {
        var layout = request.Layout;
        return new(
            new SessionScriptsHook(layout, layout.SessionScripts, isFolderOurs: false, trust),
            layout.IsWindows ? new SessionScriptsHook(layout, layout.PoolScripts, isFolderOurs: true, trust) : null,
            layout.IsWindows ? new ScheduledTasksHook(layout, tools, request.Platform) : null,
            layout.IsWindows
                ? new WindowsServiceHook(layout, tools, request.ServiceWatches)
                : new SystemdHook(layout, tools, request.ServiceWatches));
    }
}
