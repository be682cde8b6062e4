using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Registers the platform <c>appstream</c>. Options: <see cref="AppStreamOptions"/>.</summary>
public sealed class AppStreamPlugin : IRecorderPlugin
{
    /// <inheritdoc/>
    public void Configure(IPluginContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.AddOptions<AppStreamOptions>();
        context.Services.AddSingleton<IAppStreamMachine>(
            _ => OperatingSystem.IsWindows() ? new WindowsAppStream(new MachineRegistry())
                : OperatingSystem.IsLinux() ? new LinuxAppStream("/")
                : throw new PlatformNotSupportedException("AppStream runs Windows or Linux."));
        context.Services.AddSingleton(services => new AppStreamPlatform(
            services.GetRequiredService<IOptions<AppStreamOptions>>().Value,
            services.GetRequiredService<IAppStreamMachine>(),
            new Lazy<IDesktopSessions>(services.GetRequiredService<IDesktopSessions>),
            services.GetRequiredService<TimeProvider>()));
        context.Services.AddSingleton<IPlatform>(services => services.GetRequiredService<AppStreamPlatform>());
        context.Services.AddSingleton<ISelfCheck, AppStreamSelfCheck>();
    }
}
