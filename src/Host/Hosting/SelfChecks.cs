using Microsoft.Extensions.DependencyInjection;
using SessionRecorder.Host.Configuration;

namespace SessionRecorder.Host.Hosting;

/// <summary>Asks a plugin's own checks before it is relied on.</summary>
internal static class SelfChecks
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Throws for the first problem that a plugin's checks find.</summary>
    /// <exception cref="SelfCheckException">With the finding.</exception>
    public static async Task ThrowOnProblemAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(Limit);
        foreach (var check in services.GetServices<ISelfCheck>())
        {
            await foreach (var finding in check.CheckAsync(limited.Token))
            {
                if (finding.Level == FindingLevel.Problem)
                {
                    throw new SelfCheckException(finding);
                }
            }
        }
    }
}

/// <summary>A part that a command relies on cannot do its work.</summary>
internal sealed class SelfCheckException(Finding finding)
    : RecorderException($"{finding.Subject}: {finding.Message}", FailureScope.Host, isTransient: false, finding.Remedy)
{
    /// <summary>What was found.</summary>
    public Finding Finding { get; } = finding;
}
