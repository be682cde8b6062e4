using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder.Plugins;

/// <summary>Registers the sink that stores in S3. Options: <see cref="S3StorageOptions"/>.</summary>
public sealed class S3StoragePlugin : IRecorderPlugin
{
    /// <inheritdoc/>
    public void Configure(IPluginContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.AddOptions<S3StorageOptions>();
        context.Services.AddSingleton(TransferLimits.Default);
        context.Services.AddSingleton<ServerClock>();
        context.Services.AddSingleton<StoreHttp>();
        context.Services.AddSingleton<CredentialChain>();
        context.Services.AddSingleton<S3Connection>();
        context.Services.AddSingleton<ObjectSettings>();
        context.Services.AddSingleton<SingleUpload>();
        context.Services.AddSingleton<MultipartUpload>();
        context.Services.AddSingleton<BucketProbe>();
        context.Services.AddSingleton<IStorageSink, S3StorageSink>();
        context.Services.AddSingleton<ISelfCheck, S3StorageCheck>();
    }
}
