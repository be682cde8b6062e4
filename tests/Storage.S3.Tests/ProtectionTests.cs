using Amazon.S3;
using Amazon.S3.Model;

namespace SessionRecorder.Tests;

/// <summary>How stored objects are kept: locked, encrypted, tagged, in which class.</summary>
public sealed class ProtectionTests(Store store)
{
    [Theory]
    [InlineData(1000)]
    [InlineData(20 << 20)]
    public async Task A_segment_under_a_compliance_lock_can_be_neither_deleted_nor_overwritten(int size)
    {
        var bucket = await store.NewBucketAsync(locks: true);
        await using var sink = new Sink(store, bucket, o => (o.ObjectLock, o.RetentionDays) = (S3ObjectLock.Compliance, 1));
        var bytes = Sink.RandomBytes(size);

        await sink.PutAsync(Sink.Put("video/000001.mp4", bytes));

        var head = await store.Admin.GetObjectMetadataAsync(bucket, "video/000001.mp4");
        Assert.Equal(ObjectLockMode.Compliance, head.ObjectLockMode);
        Assert.InRange(head.ObjectLockRetainUntilDate!.Value, DateTime.UtcNow.AddHours(23), DateTime.UtcNow.AddHours(25));
        var refusal = await Assert.ThrowsAsync<AmazonS3Exception>(() => store.Admin.DeleteObjectAsync(
            new DeleteObjectRequest { BucketName = bucket, Key = "video/000001.mp4", VersionId = head.VersionId, BypassGovernanceRetention = true }));
        Assert.Equal("AccessDenied", refusal.ErrorCode);
        Assert.Equal(StorageFailure.Conflict, (await sink.FailToPutAsync("video/000001.mp4", "other")).Failure);
        Assert.Equal(bytes, await sink.ReadAsync("video/000001.mp4"));
    }

    [Fact]
    public async Task What_is_rewritten_and_what_lies_under_tail_are_never_locked()
    {
        var bucket = await store.NewBucketAsync(locks: true);
        await using var sink = new Sink(store, bucket, o => (o.ObjectLock, o.RetentionDays) = (S3ObjectLock.Compliance, 1));

        await sink.PutAsync("s/manifest.json", "1", replace: true);
        await sink.PutAsync("s/manifest.json", "2", replace: true);
        await sink.PutAsync("s/tail/000001-0001", "x");
        await sink.PutAsync("tail/s/video/000001.mp4", "x");

        Assert.Null((await store.Admin.GetObjectMetadataAsync(bucket, "s/manifest.json")).ObjectLockMode);
        Assert.Null((await store.Admin.GetObjectMetadataAsync(bucket, "s/tail/000001-0001")).ObjectLockMode);
        Assert.Equal(ObjectLockMode.Compliance, (await store.Admin.GetObjectMetadataAsync(bucket, "tail/s/video/000001.mp4")).ObjectLockMode);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(20 << 20)]
    public async Task What_takes_the_place_of_another_for_good_is_locked_as_any_object_and_so_is_what_it_replaced(int size)
    {
        var bucket = await store.NewBucketAsync(locks: true);
        await using var sink = new Sink(store, bucket, o => (o.ObjectLock, o.RetentionDays) = (S3ObjectLock.Compliance, 1));
        await sink.PutAsync(Sink.Put("s/ledger.jsonl", [1]));
        var bytes = Sink.RandomBytes(size);

        await sink.PutAsync(Sink.Put("s/ledger.jsonl", bytes, replace: true) with { IsFinal = true });

        Assert.Equal(bytes, await sink.ReadAsync("s/ledger.jsonl"));
        var versions = (await store.Admin.ListVersionsAsync(bucket)).Versions;
        Assert.Equal(2, versions.Count);
        foreach (var version in versions)
        {
            var head = await store.Admin.GetObjectMetadataAsync(
                new GetObjectMetadataRequest { BucketName = bucket, Key = version.Key, VersionId = version.VersionId });
            Assert.Equal(ObjectLockMode.Compliance, head.ObjectLockMode);
        }
    }

    [Fact]
    public async Task A_bucket_without_object_lock_is_told_as_such()
    {
        await using var sink = new Sink(
            store, await store.NewBucketAsync(), o => (o.ObjectLock, o.RetentionDays) = (S3ObjectLock.Governance, 1));

        var failure = await sink.FailForGoodAsync();

        Assert.Equal((StorageFailure.Invalid, false), (failure.Failure, failure.IsTransient));
        Assert.Contains("Object Lock", failure.Message, StringComparison.Ordinal);
        Assert.Contains("ObjectLock", failure.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(20 << 20)]
    public async Task Objects_are_encrypted_with_the_key_that_is_configured(int size)
    {
        Assert.SkipWhen(store.Server.KmsKey is null, "needs a key service");
        var bucket = await store.NewBucketAsync();
        await using var sink = new Sink(store, bucket, o => (o.Encryption, o.KmsKeyId) = (StoreEncryption.Kms, store.Server.KmsKey));
        var bytes = Sink.RandomBytes(size);

        await sink.PutAsync(Sink.Put("k", bytes));

        var head = await store.Admin.GetObjectMetadataAsync(bucket, "k");
        Assert.Equal(ServerSideEncryptionMethod.AWSKMS, head.ServerSideEncryptionMethod);
        Assert.Equal(store.Server.KmsKey, head.ServerSideEncryptionKeyManagementServiceKeyId);
        Assert.Equal(Sink.HashOf(bytes), (await sink.FindAsync("k"))?.Sha256);
        Assert.Equal(bytes, await sink.ReadAsync("k"));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(20 << 20)]
    public async Task A_key_that_does_not_exist_is_told_as_such(int size)
    {
        Assert.SkipWhen(store.Server.KmsKey is null, "needs a key service");
        await using var sink = new Sink(
            store, await store.NewBucketAsync(), o => (o.Encryption, o.KmsKeyId) = (StoreEncryption.Kms, "no-such-key"));

        var failure = await sink.FailForGoodAsync("k", Sink.RandomBytes(size));

        Assert.Equal((StorageFailure.Invalid, false), (failure.Failure, failure.IsTransient));
        Assert.Contains("KMS key 'no-such-key'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("KmsKeyId", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Objects_are_encrypted_with_the_stores_own_keys_when_that_is_configured()
    {
        Assert.SkipWhen(store.Server.KmsKey is null, "needs a key service");
        var bucket = await store.NewBucketAsync();
        await using var sink = new Sink(store, bucket, o => o.Encryption = StoreEncryption.S3);

        await sink.PutAsync("k", "x");

        Assert.Equal(
            ServerSideEncryptionMethod.AES256, (await store.Admin.GetObjectMetadataAsync(bucket, "k")).ServerSideEncryptionMethod);
        Assert.Equal("x", await sink.ReadTextAsync("k"));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(20 << 20)]
    public async Task Objects_get_their_tags_and_their_storage_class(int size)
    {
        var bucket = await store.NewBucketAsync();
        await using var sink = new Sink(store, bucket, o =>
        {
            o.StorageClass = "STANDARD_IA";
            o.Tags = new() { ["team"] = "security & audit", ["cost"] = "42" };
        });

        await sink.PutAsync(Sink.Put("k", Sink.RandomBytes(size)));

        var tags = await store.Admin.GetObjectTaggingAsync(new() { BucketName = bucket, Key = "k" });
        Assert.Equal(
            ["cost=42", "team=security & audit"], tags.Tagging.Select(tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal));
        Assert.Equal(S3StorageClass.StandardInfrequentAccess, (await store.Admin.GetObjectMetadataAsync(bucket, "k")).StorageClass);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(20 << 20)]
    public async Task A_temporary_object_is_neither_locked_nor_of_a_class_with_a_longest_time_and_can_be_taken_back_twice(int size)
    {
        var bucket = await store.NewBucketAsync(locks: true);
        await using var sink = new Sink(
            store, bucket, o => (o.ObjectLock, o.RetentionDays, o.StorageClass) = (S3ObjectLock.Compliance, 1, "STANDARD_IA"));
        var temporary = Assert.IsAssignableFrom<ITemporaryObjects>(sink.Storage);

        await sink.PutAsync(Sink.Put("s/piece", Sink.RandomBytes(size)) with { IsTemporary = true });

        var head = await store.Admin.GetObjectMetadataAsync(bucket, "s/piece");
        Assert.Null(head.ObjectLockMode);
        Assert.NotEqual(S3StorageClass.StandardInfrequentAccess, head.StorageClass);
        await temporary.DeleteTemporaryAsync("s/piece", CancellationToken.None);
        await temporary.DeleteTemporaryAsync("s/piece", CancellationToken.None);
        Assert.Null(await sink.FindAsync("s/piece"));
    }

    [Fact]
    public async Task Who_may_not_delete_is_told_so_for_good_when_a_temporary_object_is_to_go()
    {
        Assert.SkipWhen(store.Server.Other is null, "needs a second user");
        var bucket = await store.NewBucketAsync();
        await store.AllowOtherAsync(bucket, "s3:PutObject");
        await using var sink = new Sink(store, bucket, o => (o.AccessKeyId, o.SecretAccessKey) = (store.Server.Other.AccessKey, store.Server.Other.SecretKey));
        await sink.PutAsync(Sink.Put("s/tail/1", [1]) with { IsTemporary = true });

        var failure = await Assert.ThrowsAsync<StorageException>(
            () => Assert.IsAssignableFrom<ITemporaryObjects>(sink.Storage).DeleteTemporaryAsync("s/tail/1", CancellationToken.None));

        Assert.Equal((StorageFailure.Denied, false, "s/tail/1"), (failure.Failure, failure.IsTransient, failure.Key));
        await sink.PutAsync(Sink.Put("s/tail/1", [], replace: true) with { IsTemporary = true });
    }
}
