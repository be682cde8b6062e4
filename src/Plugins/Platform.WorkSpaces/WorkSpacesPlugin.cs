using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder.Plugins;

/// <summary>Registers the platform <c>workspaces</c>. It has no options.</summary>
public sealed class WorkSpacesPlugin : IRecorderPlugin
{
    /// <inheritdoc/>
    public void Configure(IPluginContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Services.AddSingleton<IWorkSpacesMachine>(
            _ => OperatingSystem.IsWindows() ? new WindowsWorkSpace(new MachineRegistry())
                : OperatingSystem.IsLinux() ? new LinuxWorkSpace("/")
                : throw new PlatformNotSupportedException("WorkSpaces run Windows or Linux."));
        context.Services.AddSingleton<IPlatform>(services => new WorkSpacesPlatform(
            services.GetRequiredService<IWorkSpacesMachine>(),
            new Lazy<IDesktopSessions>(services.GetRequiredService<IDesktopSessions>),
            services.GetRequiredService<TimeProvider>()));
        context.Services.AddSingleton<ISelfCheck, WorkSpacesSelfCheck>();
    }
}
