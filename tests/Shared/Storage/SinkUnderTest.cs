using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder.Tests;

/// <summary>A storage plugin as the host loads it, and what tests ask of it.</summary>
/// <param name="services">Its container; disposed with this.</param>
internal abstract class SinkUnderTest(ServiceProvider services) : IAsyncDisposable
{
    /// <summary>Makes the container of a plugin that was configured, with a test's limits and clock in the place of its own.</summary>
    protected static ServiceProvider Build(FakePluginContext context, TransferLimits limits, TimeProvider? time)
    {
        // The last registration of a service counts.
        context.Services.AddSingleton(limits);
        context.Services.AddSingleton(time ?? TimeProvider.System);
        return context.Services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
    }

    public IStorageSink Storage => services.GetRequiredService<IStorageSink>();

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
        await services.GetRequiredService<ISelfCheck>().CheckAsync(CancellationToken.None).ToListAsync();

    public ValueTask DisposeAsync() => services.DisposeAsync();

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
