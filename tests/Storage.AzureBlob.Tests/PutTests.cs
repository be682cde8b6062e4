using System.Text;

namespace SessionRecorder.Tests;

public sealed class PutTests(Store store)
{
    private const int LargeBytes = 40 << 20;

    [Fact]
    public async Task What_is_stored_lies_under_its_key_and_can_be_found_and_read()
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name);
        var bytes = Sink.RandomBytes(300_000);

        var stored = await sink.PutAsync(Sink.Put("a/b c/video+1%2F.mp4", bytes));

        Assert.Equal(("a/b c/video+1%2F.mp4", 300_000L, Sink.HashOf(bytes)), (stored.Key, stored.Length, stored.Sha256));
        var found = await sink.FindAsync("a/b c/video+1%2F.mp4");
        Assert.Equal((stored.Key, stored.Length, stored.Sha256), (found!.Key, found.Length, found.Sha256));
        Assert.True(DateTimeOffset.UtcNow - found.ModifiedAt < TimeSpan.FromMinutes(1));
        Assert.Equal(bytes, await sink.ReadAsync("a/b c/video+1%2F.mp4"));
        Assert.Equal("video/mp4", (await container.GetBlobClient("a/b c/video+1%2F.mp4").GetPropertiesAsync()).Value.ContentType);
    }

    [Fact]
    public async Task An_empty_object_is_an_object()
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name);

        await sink.PutAsync("empty", "");

        Assert.Equal(0, (await sink.FindAsync("empty"))?.Length);
        Assert.Empty(await sink.ReadAsync("empty"));
    }

    [Fact]
    public async Task A_prefix_of_the_sink_stands_before_every_key_in_the_container_alone()
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name, o => o.KeyPrefix = "team/eu");

        await sink.PutAsync("a/k", "x");

        Assert.True((await container.GetBlobClient("team/eu/a/k").ExistsAsync()).Value);
        Assert.Equal("a/k", Assert.Single(await sink.Storage.ListAsync("a/", CancellationToken.None).ToListAsync()).Key);
        Assert.Equal("x", await sink.ReadTextAsync("a/k"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task An_object_in_blocks_is_whole_however_many_go_up_at_a_time(int parallelism)
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name, o => (o.Parallelism, o.BlockSize) = (parallelism, "3MiB"));
        var bytes = Sink.RandomBytes(LargeBytes);

        var stored = await sink.PutAsync(Sink.Put("large.mp4", bytes));

        Assert.Equal((LargeBytes, Sink.HashOf(bytes)), (stored.Length, stored.Sha256));
        Assert.Equal(stored.Sha256, (await sink.FindAsync("large.mp4"))?.Sha256);
        Assert.Equal(stored.Sha256, Sink.HashOf(await sink.ReadAsync("large.mp4")));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(LargeBytes)]
    public async Task Storing_the_same_bytes_again_succeeds_and_changes_nothing(int size)
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name);
        var bytes = Sink.RandomBytes(size);
        await sink.PutAsync(Sink.Put("k", bytes));
        var first = (await container.GetBlobClient("k").GetPropertiesAsync()).Value.ETag;

        await using var another = new Sink(store, container.Name);
        var again = await another.PutAsync(Sink.Put("k", bytes));
        var third = await sink.PutAsync(Sink.Put("k", bytes));

        Assert.Equal((Sink.HashOf(bytes), Sink.HashOf(bytes)), (again.Sha256, third.Sha256));
        Assert.Equal(first, (await container.GetBlobClient("k").GetPropertiesAsync()).Value.ETag);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(LargeBytes)]
    public async Task Other_bytes_under_the_same_key_are_a_permanent_conflict_and_the_first_stay(int size)
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name);
        await sink.PutAsync("k", "first");

        var failure = await sink.FailToPutAsync(Sink.Put("k", Sink.RandomBytes(size)));

        Assert.Equal((StorageFailure.Conflict, false, "k"), (failure.Failure, failure.IsTransient, failure.Key));
        Assert.NotNull(failure.Remedy);
        Assert.Equal("first", await sink.ReadTextAsync("k"));
    }

    [Fact]
    public async Task A_conflict_that_appears_while_blocks_are_sent_is_noticed()
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name);
        var put = Sink.Put("k", Sink.RandomBytes(LargeBytes));
        put = put with { Content = new ActingStream(put.Content, 20 << 20, () => container.GetBlobClient("k").UploadAsync(new BinaryData("first"), overwrite: true)) };

        var failure = await sink.FailToPutAsync(put);

        Assert.Equal((StorageFailure.Conflict, false), (failure.Failure, failure.IsTransient));
        Assert.Equal("first", await sink.ReadTextAsync("k"));
    }

    [Fact]
    public async Task A_replacing_put_replaces()
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name);
        await sink.PutAsync("manifest.json", "old", replace: true);

        await sink.PutAsync("manifest.json", "newer", replace: true);

        Assert.Equal("newer", await sink.ReadTextAsync("manifest.json"));
        Assert.Equal(Sink.HashOf(Encoding.UTF8.GetBytes("newer")), (await sink.FindAsync("manifest.json"))?.Sha256);
    }

    [Theory]
    [InlineData(100, "flipped")]
    [InlineData(100, "short")]
    [InlineData(100, "long")]
    [InlineData(LargeBytes, "flipped")]
    public async Task Bytes_that_are_not_those_announced_are_not_stored(int size, string fault)
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name);
        var bytes = Sink.RandomBytes(size);
        byte[] came = fault switch { "flipped" => [.. bytes], "short" => bytes[..^1], _ => [.. bytes, 0] };
        if (fault == "flipped")
        {
            came[size / 2] ^= 1;
        }

        var failure = await sink.FailToPutAsync(Sink.Put("k", bytes) with { Content = new MemoryStream(came) });

        Assert.Equal((StorageFailure.Corrupted, true, "k"), (failure.Failure, failure.IsTransient, failure.Key));
        Assert.Null(await sink.FindAsync("k"));
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(LargeBytes)]
    public async Task A_content_that_cannot_be_read_is_told_as_such(int size)
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name);
        var put = Sink.Put("k", Sink.RandomBytes(size));
        put = put with { Content = new ActingStream(put.Content, size / 2, () => throw new IOException("the disk is broken")) };

        var failure = await sink.FailToPutAsync(put);

        Assert.Equal((StorageFailure.Other, true), (failure.Failure, failure.IsTransient));
        Assert.Contains("the disk is broken", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_gives_up_gets_a_cancellation()
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name);
        using var end = new CancellationTokenSource();
        var put = Sink.Put("k", Sink.RandomBytes(LargeBytes));
        put = put with { Content = new ActingStream(put.Content, 20 << 20, end.CancelAsync) };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sink.Storage.PutAsync(put, end.Token));

        Assert.Null(await sink.FindAsync("k"));
    }

    [Fact]
    public async Task Objects_are_listed_by_prefix_in_the_order_of_their_keys_with_their_hashes()
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name);
        string[] keys = ["a-b", "a/b", "a/b-c/d", "a/b.c", "a/c/d", "a0", "z"];
        foreach (var key in keys.Reverse())
        {
            await sink.PutAsync(key, key);
        }

        var listed = await sink.Storage.ListAsync("", CancellationToken.None).ToListAsync();

        Assert.Equal(keys, listed.Select(stored => stored.Key));
        Assert.All(listed, stored => Assert.Equal(Sink.HashOf(Encoding.UTF8.GetBytes(stored.Key)), stored.Sha256));
        Assert.Equal(
            ["a/b", "a/b-c/d", "a/b.c", "a/c/d"],
            await sink.Storage.ListAsync("a/", CancellationToken.None).Select(stored => stored.Key).ToListAsync());
    }

    [Fact]
    public async Task More_objects_than_a_page_holds_are_all_listed()
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name);
        var keys = Enumerable.Range(0, 5003).Select(i => $"s/{i:D5}").ToArray();
        await Parallel.ForEachAsync(
            keys,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (key, end) => await container.GetBlobClient(key).UploadAsync(new BinaryData("x"), end));

        Assert.Equal(keys, await sink.Storage.ListAsync("s/", CancellationToken.None).Select(stored => stored.Key).ToListAsync());
    }

    [Fact]
    public async Task Tags_metadata_and_tier_are_those_configured()
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name, o =>
        {
            (o.Tags, o.Metadata, o.AccessTier) = (new() { ["team"] = "audit" }, new() { ["origin"] = "desk" }, BlobTier.Cool);
        });

        await sink.PutAsync(Sink.Put("small", [1]));
        await sink.PutAsync(Sink.Put("large", Sink.RandomBytes(LargeBytes)));

        foreach (var key in new[] { "small", "large" })
        {
            var blob = container.GetBlobClient(key);
            var properties = (await blob.GetPropertiesAsync()).Value;
            Assert.Equal(("Cool", "desk"), (properties.AccessTier, properties.Metadata["origin"]));
            Assert.Equal("audit", (await blob.GetTagsAsync()).Value.Tags["team"]);
        }
    }

    [Fact]
    public async Task A_temporary_object_has_no_tier_is_marked_where_that_is_wanted_and_can_be_taken_back_twice()
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name, o => (o.AccessTier, o.MarkTemporary, o.Tags) = (BlobTier.Cold, true, new() { ["team"] = "audit" }));

        await sink.PutAsync(Sink.Put("s/tail/000001", [1]) with { IsTemporary = true });

        var blob = container.GetBlobClient("s/tail/000001");
        Assert.NotEqual("Cold", (await blob.GetPropertiesAsync()).Value.AccessTier);
        Assert.Equal([new("session-recorder", "temporary")], (await blob.GetTagsAsync()).Value.Tags);
        await sink.Temporary.DeleteTemporaryAsync("s/tail/000001", CancellationToken.None);
        await sink.Temporary.DeleteTemporaryAsync("s/tail/000001", CancellationToken.None);
        Assert.False((await blob.ExistsAsync()).Value);
    }
}
