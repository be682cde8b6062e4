using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Registers the platform <c>local</c>. Options: <see cref="LocalPlatformOptions"/>.</summary>
public sealed class LocalPlatformPlugin : IRecorderPlugin
{
    /// <inheritdoc/>
    public void Configure(IPluginContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.AddOptions<LocalPlatformOptions>();
        context.Services.AddSingleton<ILocalSystem, LocalSystem>();
        context.Services.AddSingleton<IPlatform>(services => new LocalPlatform(
            services.GetRequiredService<IOptions<LocalPlatformOptions>>().Value,
            services.GetRequiredService<ILocalSystem>(),
            services.GetRequiredService<IDesktopSessions>(),
            services.GetRequiredService<TimeProvider>()));
    }
}
