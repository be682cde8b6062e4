using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder.Tests;

/// <summary>The plugin as the host loads it, with the options that a test wants and short limits of time.</summary>
internal sealed class Sink : IAsyncDisposable
{
    public static readonly TransferLimits Limits = new(
        Connect: TimeSpan.FromSeconds(3), Stall: TimeSpan.FromSeconds(6), Check: TimeSpan.FromSeconds(8));

    private readonly ServiceProvider _services;

    /// <summary>Loads it for a container of the store's account.</summary>
    public Sink(Store store, string container, Action<AzureBlobOptions>? set = null, TimeProvider? time = null, TransferLimits? limits = null)
    {
        var context = new FakePluginContext(o =>
        {
            var options = (AzureBlobOptions)o;
            options.Container = container;
            options.ConnectionString = store.ConnectionString();
            set?.Invoke(options);
        });
        new AzureBlobPlugin().Configure(context);
        // The last registration of a service counts.
        context.Services.AddSingleton(limits ?? Limits);
        context.Services.AddSingleton(time ?? TimeProvider.System);
        _services = context.Services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
    }

    /// <summary>Loads it with a SAS.</summary>
    public static Sink WithSas(Store store, string container, string sas, int? port = null, Action<AzureBlobOptions>? set = null) =>
        new(store, container, o =>
        {
            (o.ConnectionString, o.AccountUrl, o.Sas) = (null, store.At(port), sas);
            set?.Invoke(o);
        });

    public ITemporaryObjects Temporary => Assert.IsAssignableFrom<ITemporaryObjects>(Storage);

    public IStorageSink Storage => _services.GetRequiredService<IStorageSink>();

    public Task<StoredObject> PutAsync(StoragePut put) => Storage.PutAsync(put, CancellationToken.None);

    public Task<StoredObject> PutAsync(string key, string text, bool replace = false) => PutAsync(Put(key, text, replace));

    public Task<StorageException> FailToPutAsync(StoragePut put) => Assert.ThrowsAsync<StorageException>(() => PutAsync(put));

    public Task<StorageException> FailToPutAsync(string key = "k", string text = "x") => FailToPutAsync(Put(key, text));

    /// <summary>Fails for good: without TLS a refusal is believed the second time only.</summary>
    public async Task<StorageException> FailForGoodAsync(string key = "k", byte[]? bytes = null)
    {
        var first = await FailToPutAsync(Put(key, bytes ?? [1]));
        Assert.True(first.IsTransient, first.Message);
        var second = await FailToPutAsync(Put(key, bytes ?? [1]));
        Assert.Equal((first.Failure, first.Message, first.Remedy), (second.Failure, second.Message, second.Remedy));
        Assert.False(second.IsTransient, second.Message);
        return second;
    }

    public Task<StoredObject?> FindAsync(string key) => Storage.FindAsync(key, CancellationToken.None);

    public async Task<byte[]> ReadAsync(string key)
    {
        await using var content = await Storage.OpenReadAsync(key, CancellationToken.None);
        var bytes = new MemoryStream();
        await content.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    public async Task<string> ReadTextAsync(string key) => Encoding.UTF8.GetString(await ReadAsync(key));

    public async Task<List<Finding>> CheckAsync() =>
        await _services.GetRequiredService<ISelfCheck>().CheckAsync(CancellationToken.None).ToListAsync();

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    public static StoragePut Put(string key, string text, bool replace = false) => Put(key, Encoding.UTF8.GetBytes(text), replace);

    public static StoragePut Put(string key, byte[] bytes, bool replace = false) => new()
    {
        Key = key,
        Content = new MemoryStream(bytes, writable: false),
        Length = bytes.Length,
        Sha256 = HashOf(bytes),
        ContentType = "video/mp4",
        Replace = replace,
    };

    public static string HashOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
