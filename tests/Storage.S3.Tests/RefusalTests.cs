namespace SessionRecorder.Tests;

/// <summary>What the store refuses: the kind, whether it is worth another try, a remedy, and never a secret.</summary>
public sealed class RefusalTests(Store store)
{
    [Fact]
    public async Task A_wrong_access_key_is_told_as_such()
    {
        await using var sink = new Sink(store, await store.NewBucketAsync(), o => o.AccessKeyId = "AKIAUNKNOWN000000000");

        await ExpectAsync(sink, StorageFailure.Credentials, isTransient: true, "does not know the access key");
    }

    [Fact]
    public async Task A_wrong_secret_is_told_as_such()
    {
        await using var sink = new Sink(store, await store.NewBucketAsync(), o => o.SecretAccessKey = "not-the-secret");

        await ExpectAsync(sink, StorageFailure.Credentials, isTransient: true, "secret does not belong to the access key");
    }

    [Fact]
    public async Task A_bucket_that_appears_late_is_waited_for()
    {
        var bucket = $"late-{Guid.NewGuid():N}";
        await using var sink = new Sink(store, bucket);
        await ExpectAsync(sink, StorageFailure.NoSuchContainer, isTransient: true, bucket);
        Assert.Equal(
            StorageFailure.NoSuchContainer,
            (await Assert.ThrowsAsync<StorageException>(async () => await sink.Storage.ListAsync("", CancellationToken.None).ToListAsync())).Failure);

        await store.Admin.PutBucketAsync(bucket);

        await sink.PutAsync("k", "x");
    }

    [Fact]
    public async Task A_bucket_of_somebody_else_is_denied_for_good()
    {
        Assert.SkipWhen(store.Server.Other is null, "needs a second user");
        await using var sink = new Sink(store, await store.NewBucketAsync(owner: store.Server.Other));

        var failure = await ExpectAsync(sink, StorageFailure.Denied, isTransient: false, "not allowed");

        Assert.Contains("s3:PutObject", failure.Remedy, StringComparison.Ordinal);
        Func<Task>[] calls =
        [
            () => sink.FindAsync("k"),
            () => sink.ReadAsync("k"),
            async () => await sink.Storage.ListAsync("", CancellationToken.None).ToListAsync(),
        ];
        foreach (var call in calls)
        {
            Assert.Equal(StorageFailure.Denied, (await Assert.ThrowsAsync<StorageException>(call)).Failure);
        }
    }

    [Fact]
    public async Task The_right_to_put_alone_suffices_for_small_and_large_objects_and_for_manifests()
    {
        Assert.SkipWhen(store.Server.Other is null, "needs a second user");
        var bucket = await store.NewBucketAsync();
        await store.AllowOtherAsync(bucket, "s3:PutObject");
        await using var sink = new Sink(store, bucket, o => (o.AccessKeyId, o.SecretAccessKey) = (store.Server.Other.AccessKey, store.Server.Other.SecretKey));
        var puts = new[]
        {
            Sink.Put("session.json", "{}"),
            Sink.Put("video/small.mp4", Sink.RandomBytes(100_000)),
            Sink.Put("video/large.mp4", Sink.RandomBytes(20 << 20)),
            Sink.Put("manifest.json", "1", replace: true),
            Sink.Put("manifest.json", "2", replace: true),
        };

        foreach (var put in puts)
        {
            Assert.Equal(put.Sha256, (await sink.PutAsync(put)).Sha256);
        }

        // The objects are the writer's own, not the bucket owner's, so that it needs the right itself.
        await store.AllowOtherAsync(bucket, "s3:GetObject");
        await using var reader = new Sink(store, bucket, o => (o.AccessKeyId, o.SecretAccessKey) = (store.Server.Other.AccessKey, store.Server.Other.SecretKey));
        Assert.Equal(puts[2].Sha256, Sink.HashOf(await reader.ReadAsync("video/large.mp4")));
        Assert.Equal("2", await reader.ReadTextAsync("manifest.json"));
    }

    [Fact]
    public async Task A_user_that_asks_too_often_is_throttled_for_a_while()
    {
        Assert.SkipWhen(store.Server.Throttled is null, "needs a user with a limited rate");
        var user = store.Server.Throttled;
        var bucket = await store.NewBucketAsync();
        await store.AllowAsync(bucket, "throttled", "s3:PutObject");
        await using var sink = new Sink(store, bucket, o => (o.AccessKeyId, o.SecretAccessKey) = (user.AccessKey, user.SecretKey));

        var failure = await Assert.ThrowsAsync<StorageException>(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                await sink.PutAsync($"{i}", "x");
            }
        });

        Assert.Equal((StorageFailure.Throttled, true), (failure.Failure, failure.IsTransient));
    }

    [Fact]
    public async Task A_quota_that_is_used_up_is_full_and_transient()
    {
        Assert.SkipWhen(store.Server.Quota is null, "needs a user with a quota");
        var user = store.Server.Quota;
        var bucket = await store.NewBucketAsync(owner: user);
        await using var sink = new Sink(store, bucket, o => (o.AccessKeyId, o.SecretAccessKey) = (user.AccessKey, user.SecretKey));

        var failure = await sink.FailToPutAsync(Sink.Put("k", Sink.RandomBytes(3_000_000)));

        Assert.Equal((StorageFailure.Full, true), (failure.Failure, failure.IsTransient));
        Assert.NotNull(failure.Remedy);
    }

    [Fact]
    public async Task A_storage_class_that_the_store_has_not_is_invalid()
    {
        await using var sink = new Sink(store, await store.NewBucketAsync(), o => o.StorageClass = "NO_SUCH_CLASS");

        await ExpectAsync(sink, StorageFailure.Invalid, isTransient: false, "NO_SUCH_CLASS");
    }

    [Fact]
    public async Task What_is_not_there_is_null_to_find_and_an_error_to_open()
    {
        await using var sink = new Sink(store, await store.NewBucketAsync());

        Assert.Null(await sink.FindAsync("a/k"));
        var failure = await Assert.ThrowsAsync<StorageException>(() => sink.ReadAsync("a/k"));

        Assert.Equal((StorageFailure.NoSuchObject, false, "a/k"), (failure.Failure, failure.IsTransient, failure.Key));
    }

    [Fact]
    public async Task A_clock_that_is_wrong_is_told_and_the_next_request_is_signed_with_the_stores_time()
    {
        await using var sink = new Sink(store, await store.NewBucketAsync());
        Amazon.AWSConfigs.ManualClockCorrection = TimeSpan.FromMinutes(40);
        try
        {
            var failure = await sink.FailToPutAsync();

            Assert.Equal((StorageFailure.Credentials, true), (failure.Failure, failure.IsTransient));
            Assert.Contains("clock", failure.Message, StringComparison.Ordinal);
            await sink.PutAsync("k", "x");
        }
        finally
        {
            Amazon.AWSConfigs.ManualClockCorrection = null;
        }
    }

    private async Task<StorageException> ExpectAsync(Sink sink, StorageFailure kind, bool isTransient, string text)
    {
        var failure = isTransient ? await sink.FailToPutAsync() : await sink.FailForGoodAsync();
        Assert.Equal((kind, isTransient), (failure.Failure, failure.IsTransient));
        Assert.Contains(text, failure.Message, StringComparison.Ordinal);
        Assert.False(string.IsNullOrEmpty(failure.Remedy));
        Assert.DoesNotContain('\n', failure.Message);
        foreach (var secret in new[] { store.Server.User.SecretKey, "not-the-secret" })
        {
            Assert.DoesNotContain(secret, failure.ToString(), StringComparison.Ordinal);
        }

        return failure;
    }
}
