using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder.Plugins;

/// <summary>Registers the launcher that crosses into a session by itself. It has no options.</summary>
public sealed class ServiceElevationPlugin : IRecorderPlugin
{
    /// <inheritdoc/>
    public void Configure(IPluginContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Services.AddSingleton<IOwnRights, OwnRights>();
        context.Services.AddSingleton<IElevationLauncher, ServiceLauncher>();
    }
}
