using System.Text;
using Amazon.S3.Model;

namespace SessionRecorder.Tests;

public sealed class PutTests(Store store)
{
    private const int LargeBytes = 40 << 20;

    [Fact]
    public async Task What_is_stored_lies_under_its_key_and_can_be_found_and_read()
    {
        var bucket = await store.NewBucketAsync();
        await using var sink = new Sink(store, bucket);
        var bytes = Sink.RandomBytes(300_000);

        var stored = await sink.PutAsync(Sink.Put("a/b c/video+1.mp4", bytes));

        Assert.Equal(("a/b c/video+1.mp4", 300_000L, Sink.HashOf(bytes)), (stored.Key, stored.Length, stored.Sha256));
        var found = await sink.FindAsync("a/b c/video+1.mp4");
        Assert.Equal((stored.Key, stored.Length, stored.Sha256), (found!.Key, found.Length, found.Sha256));
        Assert.True(DateTimeOffset.UtcNow - found.ModifiedAt < TimeSpan.FromMinutes(1));
        Assert.Equal(bytes, await sink.ReadAsync("a/b c/video+1.mp4"));
        var head = await store.Admin.GetObjectMetadataAsync(bucket, "a/b c/video+1.mp4");
        Assert.Equal("video/mp4", head.Headers.ContentType);
    }

    [Fact]
    public async Task An_empty_object_is_an_object()
    {
        await using var sink = new Sink(store, await store.NewBucketAsync());

        await sink.PutAsync("empty", "");

        Assert.Equal(0, (await sink.FindAsync("empty"))?.Length);
        Assert.Empty(await sink.ReadAsync("empty"));
    }

    [Fact]
    public async Task A_prefix_of_the_sink_stands_before_every_key_in_the_bucket_alone()
    {
        var bucket = await store.NewBucketAsync();
        await using var sink = new Sink(store, bucket, o => o.KeyPrefix = "team/eu");

        await sink.PutAsync("a/k", "x");

        Assert.Equal("team/eu/a/k", Assert.Single((await store.Admin.ListObjectsV2Async(new() { BucketName = bucket })).S3Objects).Key);
        Assert.Equal("a/k", Assert.Single(await sink.Storage.ListAsync("a/", CancellationToken.None).ToListAsync()).Key);
        Assert.NotNull(await sink.FindAsync("a/k"));
        Assert.Equal("x", await sink.ReadTextAsync("a/k"));
    }

    [Fact]
    public async Task An_object_in_parts_is_whole_and_nothing_is_left_of_the_parts()
    {
        var bucket = await store.NewBucketAsync();
        await using var sink = new Sink(store, bucket);
        var bytes = Sink.RandomBytes(LargeBytes);

        var stored = await sink.PutAsync(Sink.Put("large.mp4", bytes));

        Assert.Equal((LargeBytes, Sink.HashOf(bytes)), (stored.Length, stored.Sha256));
        Assert.Equal(stored.Sha256, (await sink.FindAsync("large.mp4"))?.Sha256);
        Assert.Equal(stored.Sha256, Sink.HashOf(await sink.ReadAsync("large.mp4")));
        var head = await store.Admin.GetObjectMetadataAsync(
            new GetObjectMetadataRequest { BucketName = bucket, Key = "large.mp4", ChecksumMode = Amazon.S3.ChecksumMode.ENABLED });
        Assert.EndsWith("-3", head.ChecksumSHA256, StringComparison.Ordinal);
        Assert.Equal(0, (await store.Admin.ListMultipartUploadsAsync(bucket)).MultipartUploads?.Count ?? 0);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(LargeBytes)]
    public async Task Storing_the_same_bytes_again_succeeds_and_changes_nothing(int size)
    {
        var bucket = await store.NewBucketAsync();
        await using var sink = new Sink(store, bucket);
        var bytes = Sink.RandomBytes(size);
        await sink.PutAsync(Sink.Put("k", bytes));
        var first = await store.Admin.GetObjectMetadataAsync(bucket, "k");
        await Task.Delay(1100);

        await using var another = new Sink(store, bucket);
        var again = await another.PutAsync(Sink.Put("k", bytes));

        Assert.Equal(Sink.HashOf(bytes), again.Sha256);
        Assert.Equal(first.LastModified, (await store.Admin.GetObjectMetadataAsync(bucket, "k")).LastModified);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(LargeBytes)]
    public async Task Other_bytes_under_the_same_key_are_a_permanent_conflict_and_the_first_stay(int size)
    {
        var bucket = await store.NewBucketAsync();
        await using var sink = new Sink(store, bucket);
        var bytes = Sink.RandomBytes(size);
        await sink.PutAsync("k", "first");

        var failure = await sink.FailToPutAsync(Sink.Put("k", bytes));

        Assert.Equal((StorageFailure.Conflict, false, "k"), (failure.Failure, failure.IsTransient, failure.Key));
        Assert.NotNull(failure.Remedy);
        Assert.Equal("first", await sink.ReadTextAsync("k"));
    }

    [Fact]
    public async Task A_conflict_that_appears_while_parts_are_sent_is_noticed_and_the_parts_are_removed()
    {
        var bucket = await store.NewBucketAsync();
        await using var sink = new Sink(store, bucket);
        var put = Sink.Put("k", Sink.RandomBytes(LargeBytes));
        put = put with { Content = new ActingStream(put.Content, 20 << 20, () => sink.PutAsync("k", "first")) };

        var failure = await sink.FailToPutAsync(put);

        Assert.Equal((StorageFailure.Conflict, false), (failure.Failure, failure.IsTransient));
        Assert.Equal("first", await sink.ReadTextAsync("k"));
        Assert.Equal(0, (await store.Admin.ListMultipartUploadsAsync(bucket)).MultipartUploads?.Count ?? 0);
    }

    [Fact]
    public async Task A_replacing_put_replaces()
    {
        await using var sink = new Sink(store, await store.NewBucketAsync());
        await sink.PutAsync("manifest.json", "old", replace: true);

        await sink.PutAsync("manifest.json", "newer", replace: true);

        Assert.Equal("newer", await sink.ReadTextAsync("manifest.json"));
    }

    [Theory]
    [InlineData(100, "flipped")]
    [InlineData(100, "short")]
    [InlineData(100, "long")]
    [InlineData(LargeBytes, "flipped")]
    public async Task Bytes_that_are_not_those_announced_are_not_stored(int size, string fault)
    {
        var bucket = await store.NewBucketAsync();
        await using var sink = new Sink(store, bucket);
        var bytes = Sink.RandomBytes(size);
        var put = Sink.Put("k", bytes);
        byte[] came = fault switch { "flipped" => [.. bytes], "short" => bytes[..^1], _ => [.. bytes, 0] };
        came[size / 2] ^= (byte)(fault == "flipped" ? 1 : 0);

        var failure = await sink.FailToPutAsync(put with { Content = new MemoryStream(came) });

        Assert.Equal((StorageFailure.Corrupted, true), (failure.Failure, failure.IsTransient));
        Assert.Null(await sink.FindAsync("k"));
    }

    [Fact]
    public async Task A_source_that_cannot_be_read_is_told_as_such()
    {
        await using var sink = new Sink(store, await store.NewBucketAsync());
        var put = Sink.Put("k", Sink.RandomBytes(100_000));
        put = put with { Content = new ActingStream(put.Content, 50_000, () => throw new IOException("the spool's disk is gone")) };

        var failure = await sink.FailToPutAsync(put);

        Assert.Equal((StorageFailure.Other, true), (failure.Failure, failure.IsTransient));
        Assert.Contains("the spool's disk is gone", failure.Message, StringComparison.Ordinal);
        Assert.Null(await sink.FindAsync("k"));
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(LargeBytes)]
    public async Task A_cancelled_put_ends_at_once_and_leaves_nothing(int size)
    {
        var bucket = await store.NewBucketAsync();
        await using var sink = new Sink(store, bucket);
        using var cancel = new CancellationTokenSource();
        var put = Sink.Put("k", Sink.RandomBytes(size));
        put = put with { Content = new ActingStream(put.Content, size / 2, cancel.CancelAsync) };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sink.Storage.PutAsync(put, cancel.Token));

        Assert.Null(await sink.FindAsync("k"));
        Assert.Equal(0, (await store.Admin.ListMultipartUploadsAsync(bucket)).MultipartUploads?.Count ?? 0);
    }

    [Fact]
    public async Task Of_twenty_that_store_different_bytes_under_one_key_at_once_exactly_one_succeeds()
    {
        await using var sink = new Sink(store, await store.NewBucketAsync());
        for (var round = 0; round < 10; round++)
        {
            var key = $"race/{round}";
            var puts = Enumerable.Range(0, 20).Select(i => Sink.Put(key, $"bytes of {i}")).ToArray();

            var results = await Task.WhenAll(puts.Select(put => TryPutAsync(sink, put)));

            var winner = Assert.Single(results, result => result.Failure is null).Put;
            Assert.All(results.Where(result => result.Failure is not null), result => Assert.Equal(StorageFailure.Conflict, result.Failure!.Failure));
            Assert.Equal(winner.Sha256, (await sink.FindAsync(key))?.Sha256);
            Assert.Equal(winner.Sha256, Sink.HashOf(await sink.ReadAsync(key)));
        }
    }

    [Fact]
    public async Task Of_twenty_that_store_the_same_bytes_under_one_key_at_once_all_succeed()
    {
        await using var sink = new Sink(store, await store.NewBucketAsync());

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TryPutAsync(sink, Sink.Put("race", "same"))));

        Assert.All(results, result => Assert.Null(result.Failure));
    }

    [Fact]
    public async Task The_hash_of_what_another_program_stored_is_known_from_its_checksum()
    {
        var bucket = await store.NewBucketAsync();
        await using var sink = new Sink(store, bucket);
        await store.Admin.PutObjectAsync(new PutObjectRequest
        {
            BucketName = bucket,
            Key = "foreign",
            ContentBody = "text",
            ChecksumAlgorithm = Amazon.S3.ChecksumAlgorithm.SHA256,
        });

        Assert.Equal(Sink.HashOf(Encoding.UTF8.GetBytes("text")), (await sink.FindAsync("foreign"))?.Sha256);
        Assert.Equal("foreign", (await sink.PutAsync("foreign", "text")).Key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/../b")]
    [InlineData("a//b")]
    public async Task A_key_that_breaks_the_rules_is_invalid(string key)
    {
        await using var sink = new Sink(store, "never-asked");
        Func<Task>[] calls =
        [
            () => sink.PutAsync(key, "x"), () => sink.FindAsync(key), () => sink.Storage.OpenReadAsync(key, CancellationToken.None),
        ];

        foreach (var call in calls)
        {
            Assert.Equal(StorageFailure.Invalid, (await Assert.ThrowsAsync<StorageException>(call)).Failure);
        }
    }

    private static async Task<(StoragePut Put, StorageException? Failure)> TryPutAsync(Sink sink, StoragePut put)
    {
        try
        {
            await sink.PutAsync(put);
            return (put, null);
        }
        catch (StorageException e)
        {
            return (put, e);
        }
    }
}
