namespace SessionRecorder.Tests;

/// <summary>What <c>doctor</c> says about a bucket.</summary>
public sealed class CheckTests(Store store)
{
    [Fact]
    public async Task A_bucket_with_all_rights_is_fine_and_nothing_is_left_in_it()
    {
        var bucket = await store.NewBucketAsync();
        await using var sink = new Sink(store, bucket, o => o.KeyPrefix = "eu");

        var findings = await sink.CheckAsync();

        Assert.DoesNotContain(findings, finding => finding.Level == FindingLevel.Problem);
        Assert.All(findings, finding => Assert.Equal($"storage s3://{bucket}/eu/", finding.Subject));
        Says(findings, FindingLevel.Ok, "credentials: access key in the configuration");
        Says(findings, FindingLevel.Warning, "never expires");
        Says(findings, FindingLevel.Ok, "may write");
        Says(findings, FindingLevel.Ok, "may read, may list, may delete");
        Assert.Equal(0, (await store.Admin.ListObjectsV2Async(new() { BucketName = bucket })).KeyCount);
    }

    [Fact]
    public async Task The_right_to_put_alone_is_enough_and_the_others_are_told_to_be_missing()
    {
        Assert.SkipWhen(store.Server.Other is null, "needs a second user");
        var bucket = await store.NewBucketAsync();
        await store.AllowOtherAsync(bucket, "s3:PutObject");
        await using var sink = new Sink(store, bucket, o => (o.AccessKeyId, o.SecretAccessKey) = (store.Server.Other.AccessKey, store.Server.Other.SecretKey));

        await sink.CheckAsync();
        var findings = await sink.CheckAsync();

        Assert.DoesNotContain(findings, finding => finding.Level == FindingLevel.Problem);
        Says(findings, FindingLevel.Ok, "may not read, may not list, may not delete");
        Assert.Equal(1, (await store.Admin.ListObjectsV2Async(new() { BucketName = bucket })).KeyCount);
    }

    [Fact]
    public async Task Encryption_and_lock_are_tried_and_told()
    {
        Assert.SkipWhen(store.Server.KmsKey is null, "needs a key service");
        var bucket = await store.NewBucketAsync(locks: true);
        await using var sink = new Sink(store, bucket, o =>
        {
            (o.Encryption, o.KmsKeyId) = (StoreEncryption.Kms, store.Server.KmsKey);
            (o.ObjectLock, o.RetentionDays) = (S3ObjectLock.Compliance, 30);
        });

        var findings = await sink.CheckAsync();

        Says(findings, FindingLevel.Ok, "encrypted with aws:kms");
        Says(findings, FindingLevel.Ok, "locks objects (compliance) for 30 days");
        Assert.Equal(0, (await store.Admin.ListMultipartUploadsAsync(bucket)).MultipartUploads?.Count ?? 0);
        Assert.Equal(0, (await store.Admin.ListObjectsV2Async(new() { BucketName = bucket })).KeyCount);
    }

    [Theory]
    [InlineData("wrong key", "does not know the access key")]
    [InlineData("wrong secret", "secret does not belong")]
    [InlineData("no bucket", "does not exist")]
    [InlineData("somebody else's bucket", "not allowed")]
    [InlineData("bad key", "KMS key 'no-such-key' cannot be used")]
    [InlineData("no lock", "made without Object Lock")]
    [InlineData("no server", "could not be reached")]
    [InlineData("silent server", "no answer from")]
    [InlineData("no profile", "does not exist")]
    [InlineData("no such class", "no storage class")]
    public async Task A_problem_is_one_finding_with_its_cause_and_remedy_within_ten_seconds(string problem, string cause)
    {
        var bucket = await store.NewBucketAsync(owner: problem == "somebody else's bucket" ? store.Server.Other : null);
        await using var proxy = new FaultProxy(store.Server.Endpoint.Port);
        await using var sink = new Sink(
            store,
            bucket,
            o => Break(o, problem, proxy),
            limits: TransferLimits.Default);
        var watch = System.Diagnostics.Stopwatch.StartNew();

        var findings = await sink.CheckAsync();

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"it took {watch.Elapsed}");
        var found = Assert.Single(findings, finding => finding.Level == FindingLevel.Problem);
        Assert.Same(found, findings[^1]);
        Assert.Contains(cause, found.Message, StringComparison.Ordinal);
        Assert.False(string.IsNullOrEmpty(found.Remedy));
        Assert.DoesNotContain(store.Server.User.SecretKey, string.Join('\n', findings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_that_agrees_with_the_stores_is_told()
    {
        await using var sink = new Sink(store, await store.NewBucketAsync());

        Says(await sink.CheckAsync(), FindingLevel.Ok, "clock agrees with the store's");
    }

    [Fact]
    public async Task A_clock_that_is_wrong_is_a_warning()
    {
        await using var sink = new Sink(store, await store.NewBucketAsync(), time: new OffsetTime(TimeSpan.FromMinutes(-40)));

        var findings = await sink.CheckAsync();

        Says(findings, FindingLevel.Warning, "40 min behind");
    }

    [Fact]
    public async Task A_clock_that_is_so_wrong_that_the_store_refuses_does_not_hide_the_rest()
    {
        await using var sink = new Sink(store, await store.NewBucketAsync());
        Amazon.AWSConfigs.ManualClockCorrection = TimeSpan.FromMinutes(-40);
        try
        {
            var findings = await sink.CheckAsync();

            Says(findings, FindingLevel.Ok, "may write");
            Says(findings, FindingLevel.Ok, "may delete");
        }
        finally
        {
            Amazon.AWSConfigs.ManualClockCorrection = null;
        }
    }

    private static void Break(S3StorageOptions options, string problem, FaultProxy proxy)
    {
        switch (problem)
        {
            case "wrong key":
                options.AccessKeyId = "AKIAUNKNOWN000000000";
                break;
            case "wrong secret":
                options.SecretAccessKey = "not-the-secret";
                break;
            case "no bucket":
                options.Bucket += "-not";
                break;
            case "bad key":
                (options.Encryption, options.KmsKeyId) = (StoreEncryption.Kms, "no-such-key");
                break;
            case "no lock":
                (options.ObjectLock, options.RetentionDays) = (S3ObjectLock.Governance, 1);
                break;
            case "no server":
                options.Endpoint = new Uri("http://127.0.0.1:1");
                break;
            case "silent server":
                options.Endpoint = new Uri($"http://127.0.0.1:{proxy.Port}");
                proxy.Fault = new Fault(FaultKind.Stall);
                break;
            case "no profile":
                (options.AccessKeyId, options.SecretAccessKey, options.CredentialsFile) = (null, null, "/nonexistent/credentials");
                break;
            case "no such class":
                options.StorageClass = "NO_SUCH_CLASS";
                break;
            default:
                break;
        }
    }

    private static void Says(List<Finding> findings, FindingLevel level, string text) =>
        Assert.Contains(findings, finding => finding.Level == level && finding.Message.Contains(text, StringComparison.Ordinal));

    private sealed class OffsetTime(TimeSpan offset) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;
    }
}
