using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>What was stored for a time can be taken back, and its folder goes with the last of it.</summary>
public sealed class TemporaryTests
{
    [Fact]
    public async Task A_temporary_object_is_deleted_and_its_folder_goes_with_the_last_one()
    {
        using var folder = new Folder();
        var sink = folder.Sink();
        await StoreAsync(sink, "s/tail/a@1");
        await StoreAsync(sink, "s/tail/a@2");

        await sink.DeleteTemporaryAsync("s/tail/a@1", CancellationToken.None);
        Assert.Equal(["s/tail/a@2"], await KeysAsync(sink));
        await sink.DeleteTemporaryAsync("s/tail/a@2", CancellationToken.None);

        Assert.Empty(await KeysAsync(sink));
        await StoreAsync(sink, "s/tail/a@3");
        Assert.Equal(["s/tail/a@3"], await KeysAsync(sink));
    }

    [Fact]
    public async Task Deleting_what_is_not_there_is_no_failure()
    {
        using var folder = new Folder();
        var sink = folder.Sink();

        await sink.DeleteTemporaryAsync("s/tail/never", CancellationToken.None);
        await StoreAsync(sink, "s/tail/a");
        await sink.DeleteTemporaryAsync("s/tail/a", CancellationToken.None);
        await sink.DeleteTemporaryAsync("s/tail/a", CancellationToken.None);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("s/../../x")]
    [InlineData("")]
    public async Task A_key_that_leads_elsewhere_is_refused(string key)
    {
        using var folder = new Folder();

        var e = await Assert.ThrowsAsync<StorageException>(() => folder.Sink().DeleteTemporaryAsync(key, CancellationToken.None));
        Assert.Equal(StorageFailure.Invalid, e.Failure);
    }

    private static Task StoreAsync(LocalStorageSink sink, string key)
    {
        var bytes = System.Text.Encoding.ASCII.GetBytes(key);
        return sink.PutAsync(
            new StoragePut
            {
                Key = key,
                Content = new MemoryStream(bytes),
                Length = bytes.Length,
                Sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)),
                ContentType = "application/octet-stream",
                Replace = true,
                IsTemporary = true,
            },
            CancellationToken.None);
    }

    private static async Task<string[]> KeysAsync(LocalStorageSink sink)
    {
        var keys = new List<string>();
        await foreach (var found in sink.ListAsync("", CancellationToken.None))
        {
            keys.Add(found.Key);
        }

        return [.. keys];
    }
}
