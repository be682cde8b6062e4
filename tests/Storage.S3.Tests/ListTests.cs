using Amazon.S3.Model;

namespace SessionRecorder.Tests;

public sealed class ListTests(Store store)
{
    [Fact]
    public async Task Objects_are_listed_by_prefix_in_the_order_of_their_keys_without_what_is_no_object()
    {
        var bucket = await store.NewBucketAsync();
        await using var sink = new Sink(store, bucket);
        string[] keys = ["a-b", "a/b", "a/b-c/d", "a/b.c", "a/c/d", "a0", "z"];
        foreach (var key in keys.Reverse())
        {
            await sink.PutAsync(key, key);
        }

        await store.Admin.PutObjectAsync(new() { BucketName = bucket, Key = "a/folder/", ContentBody = "" });

        Assert.Equal(keys, await ListAsync(sink, ""));
        Assert.Equal(["a/b", "a/b-c/d", "a/b.c", "a/c/d"], await ListAsync(sink, "a/"));
        Assert.Empty(await ListAsync(sink, "nothing"));
        var listed = (await sink.Storage.ListAsync("z", CancellationToken.None).ToListAsync()).Single();
        Assert.Equal(1, listed.Length);
        Assert.True(DateTimeOffset.UtcNow - listed.ModifiedAt < TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task More_objects_than_a_page_holds_are_all_listed()
    {
        var bucket = await store.NewBucketAsync();
        await using var sink = new Sink(store, bucket);
        var keys = Enumerable.Range(0, 1003).Select(i => $"s/{i:D5}").ToArray();
        await Parallel.ForEachAsync(
            keys,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (key, end) => await store.Admin.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, ContentBody = "x" }, end));

        Assert.Equal(keys, await ListAsync(sink, "s/"));
    }

    private static async Task<List<string>> ListAsync(Sink sink, string prefix) =>
        await sink.Storage.ListAsync(prefix, CancellationToken.None).Select(stored => stored.Key).ToListAsync();
}
