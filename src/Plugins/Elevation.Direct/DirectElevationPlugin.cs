using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder.Plugins;

/// <summary>Registers the launcher that does not elevate. It has no options.</summary>
public sealed class DirectElevationPlugin : IRecorderPlugin
{
    /// <inheritdoc/>
    public void Configure(IPluginContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Services.AddSingleton<IElevationLauncher>(services => new DirectLauncher(
            services.GetRequiredService<IProcessSupervisor>(),
            OperatingSystem.IsWindows() ? Process.GetCurrentProcess().SessionId : null));
    }
}
