using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Whether the container can be reached and written to as configured, and which rights there are beyond that.</summary>
/// <remarks>
/// It writes a small object under a key of its own and removes it where that is allowed. Where it is not, every check
/// writes the same key again, so that one object stays, and the check says so.
/// </remarks>
internal sealed class AzureBlobCheck(
    ContainerConnection connection, ContainerProbe probe, IOptions<AzureBlobOptions> options, ServerClock clock, TransferLimits limits, TimeProvider time)
    : ISelfCheck
{
    private static readonly TimeSpan TolerableSkew = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SoonExpired = TimeSpan.FromDays(1);

    private readonly AzureBlobOptions _options = options.Value;

    public async IAsyncEnumerable<Finding> CheckAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(limits.Check, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        Func<CancellationToken, Task<IReadOnlyList<Finding>>>[] steps =
            [CheckCredentialsAsync, CheckWriteAsync, CheckProtectionAsync, CheckOtherRightsAsync, CheckClockAsync];
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

    private string Subject => $"storage azure://{_options.Container}/{connection.Prefix}";

    private async Task<IReadOnlyList<Finding>> AttemptAsync(
        Func<CancellationToken, Task<IReadOnlyList<Finding>>> step, CancellationToken limited, CancellationToken cancellationToken)
    {
        try
        {
            return await step(limited);
        }
        catch (StorageException e)
        {
            return [Problem(e.Message, e.Remedy ?? "Run doctor again with --verbose for more.")];
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return
            [
                Problem(
                    $"no answer from {connection.Host ?? "the store"}, or for the machine's identity, within {limits.Check.TotalSeconds:0} s",
                    "Check the sink's AccountUrl, that the machine has an identity if the sink uses one, and the network: proxy, firewall, private endpoint."),
            ];
        }
    }

    private async Task<IReadOnlyList<Finding>> CheckCredentialsAsync(CancellationToken cancellationToken)
    {
        var opened = await connection.OpenForCheckAsync(cancellationToken);
        List<Finding> findings = [Ok($"credentials: {opened.Description}")];
        if (_options.ConnectionString is not null || _options.Sas is not null)
        {
            findings.Add(Warning(
                "a secret stands in the configuration", "Prefer a managed identity, or a file that the recorder alone can read (CredentialsFile)."));
        }

        if (opened.Signature?.ExpiresAt is { } end && end > time.GetUtcNow() && end - time.GetUtcNow() < SoonExpired)
        {
            findings.Add(Warning(
                $"the SAS expires in {(end - time.GetUtcNow()).TotalHours:0.#} h", "Renew it in time; from CredentialsFile a new one is taken by itself."));
        }

        if (opened.Client.Uri is { Scheme: "http", IsLoopback: false })
        {
            findings.Add(Warning("recordings go over the network unencrypted", "Use an https address as the sink's AccountUrl."));
        }

        return findings;
    }

    private async Task<IReadOnlyList<Finding>> CheckWriteAsync(CancellationToken cancellationToken)
    {
        var answer = await probe.WriteAsync(cancellationToken);
        List<Finding> findings =
        [
            Ok($"may write{(string.IsNullOrEmpty(answer.VersionId) ? "; the account keeps no versions" : "; the account keeps versions")}"),
        ];
        if (answer.ContentHash is not { Length: > 0 })
        {
            findings.Add(Warning("the store does not confirm MD5 checksums, so its word has to do", "Use Azure Blob Storage itself."));
        }

        if (await probe.IsConditionIgnoredAsync(cancellationToken))
        {
            findings.Add(Problem(
                "the store ignores conditional writes (If-None-Match), so a recording could be overwritten", "Use Azure Blob Storage itself."));
        }

        return findings;
    }

    private async Task<IReadOnlyList<Finding>> CheckProtectionAsync(CancellationToken cancellationToken)
    {
        if (_options.Immutability == BlobProtection.None && !_options.LegalHold)
        {
            return [];
        }

        var isEnabled = await probe.IsProtectionEnabledAsync(cancellationToken);
        if (isEnabled == false)
        {
            return
            [
                Problem(
                    $"the container '{_options.Container}' has no version-level immutability",
                    "Enable it on the account or the container (it needs versioning), or set the sink's Immutability to none and LegalHold to false."),
            ];
        }

        string?[] kinds =
        [
            _options.Immutability == BlobProtection.None ? null : $"protects objects ({_options.Immutability.ToString().ToLowerInvariant()}) for {_options.RetentionDays} days",
            _options.LegalHold ? "puts objects on legal hold" : null,
        ];
        return [Ok($"{string.Join(", ", kinds.Where(kind => kind is not null))}{(isEnabled is null ? ", as far as can be told without the right to read the container's settings" : "")}")];
    }

    private async Task<IReadOnlyList<Finding>> CheckOtherRightsAsync(CancellationToken cancellationToken)
    {
        var rights = await probe.FindRightsAsync(cancellationToken);
        List<Finding> findings =
        [
            Ok($"{May(rights.Read)} read, {May(rights.List)} list, {May(rights.Delete)} delete (recording needs none of these)"),
        ];
        if (!rights.Block)
        {
            findings.Add(Warning(
                "may not send blocks, so what is lost on its way back cannot be told from what others have stored",
                "Give the right to write, not only to create."));
        }

        if (!rights.Delete)
        {
            findings.Add(Ok($"'{probe.Name}' stays in the container"));
        }

        return findings;
    }

    private Task<IReadOnlyList<Finding>> CheckClockAsync(CancellationToken cancellationToken)
    {
        var offset = clock.Offset ?? TimeSpan.Zero;
        return Task.FromResult<IReadOnlyList<Finding>>(
            offset.Duration() <= TolerableSkew
                ? clock.Offset is null ? [] : [Ok("this machine's clock agrees with the store's")]
                :
                [
                    Warning(
                        $"this machine's clock is {offset.Duration().TotalMinutes:0.#} min {(offset < TimeSpan.Zero ? "ahead of" : "behind")} the store's",
                        "Set the clock, and keep it set (NTP, w32time)."),
                ]);
    }

    private Finding Ok(string message) => new(FindingLevel.Ok, Subject, message);

    private Finding Warning(string message, string remedy) => new(FindingLevel.Warning, Subject, message, remedy);

    private Finding Problem(string message, string remedy) => new(FindingLevel.Problem, Subject, message, remedy);

    private static string May(bool isGiven) => isGiven ? "may" : "may not";
}
