using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Whether the bucket can be reached and written to as configured, and which rights there are beyond that.</summary>
/// <remarks>
/// It writes a small object under a key of its own and removes it where that is allowed. Where it is not, every check
/// writes the same key again, so that one object stays.
/// </remarks>
internal sealed class S3StorageCheck(
    S3Connection connection,
    ObjectSettings settings,
    IOptions<S3StorageOptions> options,
    ServerClock clock,
    TransferLimits limits,
    TimeProvider time) : ISelfCheck
{
    /// <summary>Where the check writes, below the sink's prefix.</summary>
    public const string ProbeKey = ".session-recorder-check/probe";

    private static readonly TimeSpan TolerableSkew = TimeSpan.FromMinutes(1);
    private static readonly byte[] Probe = "Session Recorder was here."u8.ToArray();

    private readonly S3StorageOptions _options = options.Value;

    public async IAsyncEnumerable<Finding> CheckAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(limits.Check, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        Func<CancellationToken, Task<IReadOnlyList<Finding>>>[] steps =
            [CheckCredentialsAsync, CheckWriteAsync, CheckLockAsync, CheckOtherRightsAsync, CheckClockAsync];
        foreach (var step in steps)
        {
            var findings = await AttemptAsync(step, linked.Token, cancellationToken);
            foreach (var finding in findings)
            {
                yield return finding;
            }

            if (findings.Any(finding => finding.Level == FindingLevel.Problem))
            {
                yield break;
            }
        }
    }

    private string Subject => $"storage s3://{_options.Bucket}/{connection.Prefix}";

    private async Task<IReadOnlyList<Finding>> AttemptAsync(
        Func<CancellationToken, Task<IReadOnlyList<Finding>>> step, CancellationToken limited, CancellationToken cancellationToken)
    {
        try
        {
            return await step(limited);
        }
        catch (StorageException e)
        {
            return [new(FindingLevel.Problem, Subject, e.Message, e.Remedy ?? "Run doctor again with --verbose for more.")];
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return
            [
                new(
                    FindingLevel.Problem,
                    Subject,
                    $"no answer from {_options.Endpoint?.Authority ?? "Amazon S3"} within {limits.Check.TotalSeconds:0} s",
                    "Check the sink's Endpoint and Region, and the network to it: proxy, firewall, VPC endpoint."),
            ];
        }
    }

    private async Task<IReadOnlyList<Finding>> CheckCredentialsAsync(CancellationToken cancellationToken)
    {
        var description = await connection.DescribeCredentialsAsync(cancellationToken);
        List<Finding> findings = [new(FindingLevel.Ok, Subject, $"credentials: {description}")];
        if (_options.AccessKeyId is not null && _options.SessionToken is null)
        {
            findings.Add(new(
                FindingLevel.Warning, Subject, "the access key stands in the configuration and never expires",
                "Prefer a profile with temporary credentials, or a role."));
        }

        if (_options.Endpoint is { Scheme: "http", IsLoopback: false })
        {
            findings.Add(new(
                FindingLevel.Warning, Subject, "recordings go over the network unencrypted", "Use an https address as the sink's Endpoint."));
        }

        return findings;
    }

    private async Task<IReadOnlyList<Finding>> CheckWriteAsync(CancellationToken cancellationToken)
    {
        PutObjectResponse answer;
        try
        {
            answer = await WriteProbeAsync(onlyIfAbsent: false, cancellationToken);
        }
        catch (StorageException e) when (S3Failures.IsClockSkew(e.InnerException))
        {
            // The clock has a finding of its own; what is left to find is found with the store's time.
            answer = await WriteProbeAsync(onlyIfAbsent: false, cancellationToken);
        }

        List<Finding> findings = [new(FindingLevel.Ok, Subject, $"may write{Encryption(answer)}")];
        if (string.IsNullOrEmpty(answer.ChecksumSHA256))
        {
            findings.Add(new(
                FindingLevel.Warning, Subject, "the store does not confirm SHA-256 checksums, so its word has to do", "Update the store."));
        }

        if (await IsConditionIgnoredAsync(cancellationToken))
        {
            findings.Add(new(
                FindingLevel.Problem,
                Subject,
                "the store ignores conditional writes (If-None-Match), so a recording could be overwritten",
                "Update the store, or use one that knows them."));
        }

        return findings;
    }

    private async Task<bool> IsConditionIgnoredAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WriteProbeAsync(onlyIfAbsent: true, cancellationToken);
            return true;
        }
        catch (StorageException e) when (IsStatus(e, HttpStatusCode.PreconditionFailed))
        {
            return false;
        }
    }

    private Task<PutObjectResponse> WriteProbeAsync(bool onlyIfAbsent, CancellationToken cancellationToken) => connection.CallAsync(
        $"'{connection.Prefix}{ProbeKey}' could not be stored in {connection.Place}",
        null,
        (client, watch) =>
        {
            var put = PutOf(new MemoryStream(Probe, writable: false));
            var request = new PutObjectRequest
            {
                BucketName = connection.Bucket,
                Key = connection.Prefix + ProbeKey,
                InputStream = put.Content,
                IfNoneMatch = onlyIfAbsent ? "*" : null,
                ChecksumAlgorithm = ChecksumAlgorithm.SHA256,
                ChecksumSHA256 = Hash.ToBase64(put.Sha256),
                UseChunkEncoding = false,
                DisablePayloadSigning = false,
            };
            settings.Apply(request, put);
            return client.PutObjectAsync(request, watch.Token);
        },
        cancellationToken);

    /// <summary>An upload that is begun with a lock and never completed: it shows whether the bucket and the rights allow it, and leaves nothing.</summary>
    private async Task<IReadOnlyList<Finding>> CheckLockAsync(CancellationToken cancellationToken)
    {
        if (_options.ObjectLock == S3ObjectLock.None)
        {
            return [];
        }

        await connection.CallAsync(
            $"an object lock could not be set in {connection.Place}",
            null,
            async (client, watch) =>
            {
                var request = new InitiateMultipartUploadRequest { BucketName = connection.Bucket, Key = connection.Prefix + ProbeKey };
                settings.Apply(request, PutOf(Stream.Null) with { Replace = false });
                var begun = await client.InitiateMultipartUploadAsync(request, watch.Token);
                await IsAllowedAsync(() => client.AbortMultipartUploadAsync(connection.Bucket, request.Key, begun.UploadId, watch.Token));
                return begun;
            },
            cancellationToken);
        return await CheckBucketLockAsync(cancellationToken);
    }

    /// <summary>Some stores look at the lock only when the object is complete; the bucket's configuration tells, where it may be read.</summary>
    private async Task<IReadOnlyList<Finding>> CheckBucketLockAsync(CancellationToken cancellationToken)
    {
        var isEnabled = await connection.CallAsync<bool?>(
            $"the bucket's lock could not be looked at in {connection.Place}",
            null,
            async (client, watch) =>
            {
                try
                {
                    var answer = await client.GetObjectLockConfigurationAsync(new() { BucketName = connection.Bucket }, watch.Token);
                    return answer.ObjectLockConfiguration?.ObjectLockEnabled == ObjectLockEnabled.Enabled;
                }
                catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.Forbidden)
                {
                    return null;
                }
                catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket")
                {
                    return false;
                }
            },
            cancellationToken);
        if (isEnabled == false)
        {
            var verdict = S3Answers.NoLock(_options);
            return [new(FindingLevel.Problem, Subject, verdict.Reason, verdict.Remedy)];
        }

        var lockText = $"locks objects ({_options.ObjectLock.ToString().ToLowerInvariant()}) for {_options.RetentionDays} days";
        return [new(FindingLevel.Ok, Subject, isEnabled is null ? $"{lockText}, as far as can be seen without reading the bucket's settings" : lockText)];
    }

    /// <summary>Rights that recording does not need: what looking at recordings and cleaning up can count on.</summary>
    private Task<IReadOnlyList<Finding>> CheckOtherRightsAsync(CancellationToken cancellationToken) => connection.CallAsync<IReadOnlyList<Finding>>(
        $"the rights in {connection.Place} could not be found out",
        null,
        async (client, watch) =>
        {
            var key = connection.Prefix + ProbeKey;
            (string Right, bool IsGiven)[] rights =
            [
                ("read", await IsAllowedAsync(() => client.GetObjectMetadataAsync(connection.Bucket, key, watch.Token))),
                ("list", await IsAllowedAsync(() => client.ListObjectsV2Async(
                    new() { BucketName = connection.Bucket, Prefix = key, MaxKeys = 1 }, watch.Token))),
                ("delete", await IsAllowedAsync(() => client.DeleteObjectAsync(connection.Bucket, key, watch.Token))),
            ];
            var texts = rights.Select(right => $"{(right.IsGiven ? "may" : "may not")} {right.Right}");
            return [new(FindingLevel.Ok, Subject, $"{string.Join(", ", texts)} (recording needs none of these)")];
        },
        cancellationToken);

    private Task<IReadOnlyList<Finding>> CheckClockAsync(CancellationToken cancellationToken)
    {
        var offset = clock.Offset ?? TimeSpan.Zero;
        return Task.FromResult<IReadOnlyList<Finding>>(
            offset.Duration() <= TolerableSkew
                ? []
                :
                [
                    new(
                        FindingLevel.Warning,
                        Subject,
                        $"this machine's clock is {offset.Duration().TotalMinutes:0.#} min {(offset < TimeSpan.Zero ? "ahead of" : "behind")} the store's",
                        "Set the clock, and keep it set (NTP, w32time)."),
                ]);
    }

    private static async Task<bool> IsAllowedAsync<T>(Func<Task<T>> request)
    {
        try
        {
            await request();
            return true;
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed)
        {
            return false;
        }
    }

    /// <summary>As the manifest: replaced, and so never locked.</summary>
    private static StoragePut PutOf(Stream content) => new()
    {
        Key = ProbeKey,
        Content = content,
        Length = content.Length,
        Sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Probe)),
        ContentType = "text/plain",
        Replace = true,
    };

    private static bool IsStatus(StorageException e, HttpStatusCode status) =>
        S3Failures.Find<AmazonS3Exception>(e)?.StatusCode == status;

    private string Encryption(PutObjectResponse answer) => answer.ServerSideEncryptionMethod is { Value.Length: > 0 } method
        ? $", encrypted with {method.Value}"
        : _options.Encryption == StoreEncryption.None ? "" : "; the store does not say how it encrypts";
}
