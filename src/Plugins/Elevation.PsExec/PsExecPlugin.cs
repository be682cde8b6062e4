using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder.Plugins;

/// <summary>Registers the launcher that uses PsExec. Options: <see cref="PsExecOptions"/>.</summary>
public sealed class PsExecPlugin : IRecorderPlugin
{
    /// <inheritdoc/>
    public void Configure(IPluginContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.AddOptions<PsExecOptions>();
        context.Services.AddSingleton<IPsExecMachine, PsExecMachine>();
        context.Services.AddSingleton<IElevationLauncher, PsExecLauncher>();
    }
}
