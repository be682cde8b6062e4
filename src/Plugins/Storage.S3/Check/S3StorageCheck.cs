using System.Runtime.CompilerServices;
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
    BucketProbe probe,
    IOptions<S3StorageOptions> options,
    ServerClock clock,
    TransferLimits limits,
    TimeProvider time) : ISelfCheck
{
    private static readonly TimeSpan TolerableSkew = TimeSpan.FromMinutes(1);

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
            answer = await probe.WriteAsync(onlyIfAbsent: false, cancellationToken);
        }
        catch (StorageException e) when (S3Failures.IsClockSkew(e.InnerException))
        {
            // The clock has a finding of its own; what is left to find is found with the store's time.
            answer = await probe.WriteAsync(onlyIfAbsent: false, cancellationToken);
        }

        List<Finding> findings = [new(FindingLevel.Ok, Subject, $"may write{Encryption(answer)}")];
        if (string.IsNullOrEmpty(answer.ChecksumSHA256))
        {
            findings.Add(new(
                FindingLevel.Warning, Subject, "the store does not confirm SHA-256 checksums, so its word has to do", "Update the store."));
        }

        if (await probe.IsConditionIgnoredAsync(cancellationToken))
        {
            findings.Add(new(
                FindingLevel.Problem,
                Subject,
                "the store ignores conditional writes (If-None-Match), so a recording could be overwritten",
                "Update the store, or use one that knows them."));
        }

        return findings;
    }

    private async Task<IReadOnlyList<Finding>> CheckLockAsync(CancellationToken cancellationToken)
    {
        if (_options.ObjectLock == S3ObjectLock.None)
        {
            return [];
        }

        await probe.TryLockAsync(cancellationToken);
        var isEnabled = await probe.IsLockEnabledAsync(cancellationToken);
        if (isEnabled == false)
        {
            var verdict = S3Answers.NoLock(_options);
            return [new(FindingLevel.Problem, Subject, verdict.Reason, verdict.Remedy)];
        }

        var lockText = $"locks objects ({_options.ObjectLock.ToString().ToLowerInvariant()}) for {_options.RetentionDays} days";
        return [new(FindingLevel.Ok, Subject, isEnabled is null ? $"{lockText}, as far as can be seen without reading the bucket's settings" : lockText)];
    }

    private async Task<IReadOnlyList<Finding>> CheckOtherRightsAsync(CancellationToken cancellationToken)
    {
        var rights = await probe.FindRightsAsync(cancellationToken);
        var texts = rights.Select(right => $"{(right.IsGiven ? "may" : "may not")} {right.Name}");
        return [new(FindingLevel.Ok, Subject, $"{string.Join(", ", texts)} (recording needs none of these)")];
    }

    private Task<IReadOnlyList<Finding>> CheckClockAsync(CancellationToken cancellationToken)
    {
        var offset = clock.Offset ?? TimeSpan.Zero;
        return Task.FromResult<IReadOnlyList<Finding>>(
            offset.Duration() <= TolerableSkew
                ? clock.Offset is null ? [] : [new(FindingLevel.Ok, Subject, "this machine's clock agrees with the store's")]
                :
                [
                    new(
                        FindingLevel.Warning,
                        Subject,
                        $"this machine's clock is {offset.Duration().TotalMinutes:0.#} min {(offset < TimeSpan.Zero ? "ahead of" : "behind")} the store's",
                        "Set the clock, and keep it set (NTP, w32time)."),
                ]);
    }

    private string Encryption(PutObjectResponse answer) => answer.ServerSideEncryptionMethod is { Value.Length: > 0 } method
        ? $", encrypted with {method.Value}"
        : _options.Encryption == StoreEncryption.None ? "" : "; the store does not say how it encrypts";
}
