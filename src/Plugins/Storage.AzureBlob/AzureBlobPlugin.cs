using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder.Plugins;

/// <summary>Registers the sink that stores in Azure Blob Storage. Options: <see cref="AzureBlobOptions"/>.</summary>
public sealed class AzureBlobPlugin : IRecorderPlugin
{
    /// <inheritdoc/>
    public void Configure(IPluginContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.AddOptions<AzureBlobOptions>();
        context.Services.AddSingleton(TransferLimits.Default);
        context.Services.AddSingleton<ServerClock>();
        context.Services.AddSingleton<StoreHttp>();
        context.Services.AddSingleton<AccountOpener>();
        context.Services.AddSingleton<ContainerConnection>();
        context.Services.AddSingleton<BlobSettings>();
        context.Services.AddSingleton<SingleUpload>();
        context.Services.AddSingleton<BlockUpload>();
        context.Services.AddSingleton<ContainerProbe>();
        context.Services.AddSingleton<IStorageSink, AzureBlobSink>();
        context.Services.AddSingleton<ISelfCheck, AzureBlobCheck>();
    }
}
