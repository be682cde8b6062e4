namespace SessionRecorder.Tests;

/// <summary>The plugin as the host loads it, with the options that a test wants and short limits of time.</summary>
/// <param name="store">The store, whose account is used.</param>
/// <param name="container">A container of that account.</param>
/// <param name="set">Sets further options, or others.</param>
/// <param name="time">The clock; the system's by default.</param>
/// <param name="limits">The limits; <see cref="Limits"/> by default.</param>
internal sealed class Sink(
    Store store, string container, Action<AzureBlobOptions>? set = null, TimeProvider? time = null, TransferLimits? limits = null)
    : SinkUnderTest(Build(Configure(store, container, set), limits ?? Limits, time))
{
    public static readonly TransferLimits Limits = new(
        Connect: TimeSpan.FromSeconds(3), Stall: TimeSpan.FromSeconds(6), Check: TimeSpan.FromSeconds(8));

    public ITemporaryObjects Temporary => Assert.IsAssignableFrom<ITemporaryObjects>(Storage);

    /// <summary>Loads it with a SAS.</summary>
    public static Sink WithSas(Store store, string container, string sas, int? port = null, Action<AzureBlobOptions>? set = null) =>
        new(store, container, o =>
        {
            (o.ConnectionString, o.AccountUrl, o.Sas) = (null, store.At(port), sas);
            set?.Invoke(o);
        });

    private static FakePluginContext Configure(Store store, string container, Action<AzureBlobOptions>? set)
    {
        var context = new FakePluginContext(o =>
        {
            var options = (AzureBlobOptions)o;
            options.Container = container;
            options.ConnectionString = store.ConnectionString();
            set?.Invoke(options);
        });
        new AzureBlobPlugin().Configure(context);
        return context;
    }
}
