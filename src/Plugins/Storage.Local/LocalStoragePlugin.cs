using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder.Plugins;

/// <summary>Registers the sink that stores into a folder. Options: <see cref="LocalStorageOptions"/>.</summary>
public sealed class LocalStoragePlugin : IRecorderPlugin
{
    /// <inheritdoc/>
    public void Configure(IPluginContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.AddOptions<LocalStorageOptions>();
        context.Services.AddSingleton<KeyPaths>();
        context.Services.AddSingleton<IStorageSink, LocalStorageSink>();
        context.Services.AddSingleton<ISelfCheck, LocalStorageCheck>();
    }
}
