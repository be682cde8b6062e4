using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder.Tests;

/// <summary>The plugin as the host loads it, with the options that a test wants and short limits of time.</summary>
/// <param name="store">The store, whose main user is used.</param>
/// <param name="bucket">A bucket of that user's.</param>
/// <param name="set">Sets further options, or others.</param>
/// <param name="time">The clock; the system's by default.</param>
/// <param name="limits">The limits; <see cref="Limits"/> by default.</param>
internal sealed class Sink(
    Store store, string bucket, Action<S3StorageOptions>? set = null, TimeProvider? time = null, TransferLimits? limits = null)
    : SinkUnderTest(Build(Configure(store, bucket, set), limits ?? Limits, time))
{
    public static readonly TransferLimits Limits = new(
        Connect: TimeSpan.FromSeconds(3), Stall: TimeSpan.FromSeconds(2), CleanUp: TimeSpan.FromSeconds(2), Check: TimeSpan.FromSeconds(8));

    private static FakePluginContext Configure(Store store, string bucket, Action<S3StorageOptions>? set)
    {
        var context = new FakePluginContext(o =>
        {
            var options = (S3StorageOptions)o;
            options.Bucket = bucket;
            options.Endpoint = store.Server.Endpoint;
            options.Region = store.Server.Region;
            options.PathStyle = true;
            options.AccessKeyId = store.Server.User.AccessKey;
            options.SecretAccessKey = store.Server.User.SecretKey;
            set?.Invoke(options);
        });
        context.Services.AddSingleton<IProcessSupervisor>(new PlainSupervisor());
        new S3StoragePlugin().Configure(context);
        return context;
    }
}
