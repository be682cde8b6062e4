using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using SessionRecorder.Host.Plugins;

namespace SessionRecorder.Host.Diagnostics;

/// <summary>Examines a plugin: does it load, what does it say of itself, does it do its work.</summary>
internal sealed class PluginExamination(Attempts attempts)
{
    /// <summary>Tells what is found, as it is found.</summary>
    /// <param name="subject">What the plugin is for.</param>
    /// <param name="make">Loads it; it is disposed when all is told.</param>
    /// <param name="work">Has it work; null for nothing but its own checks.</param>
    /// <param name="cancellationToken">Ends the examination.</param>
    public async IAsyncEnumerable<Finding> ExamineAsync<T>(
        string subject,
        Func<CancellationToken, Task<PluginInstance<T>>> make,
        Func<T, CancellationToken, Task<Finding>>? work,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        PluginInstance<T>? plugin = null;
        var loaded = await attempts.RunAsync(
            subject,
            async token =>
            {
                plugin = await make(token);
                return [new(FindingLevel.Ok, subject, $"{plugin.Manifest.Id} {plugin.Manifest.Version} is loaded")];
            },
            cancellationToken);
        foreach (var finding in loaded)
        {
            yield return finding;
        }

        if (plugin is null)
        {
            yield break;
        }

        await using var used = plugin;
        foreach (var check in used.Services.GetServices<ISelfCheck>())
        {
            foreach (var finding in await attempts.RunAsync(subject, token => CollectAsync(check, token), cancellationToken))
            {
                yield return finding;
            }
        }

        if (work is not null)
        {
            foreach (var finding in await attempts.RunAsync(subject, async t => [await work(used.Service, t)], cancellationToken))
            {
                yield return finding;
            }
        }
    }

    private static async Task<IReadOnlyList<Finding>> CollectAsync(ISelfCheck check, CancellationToken cancellationToken)
    {
        List<Finding> findings = [];
        await foreach (var finding in check.CheckAsync(cancellationToken).WithCancellation(cancellationToken))
        {
            findings.Add(finding);
        }

        return findings;
    }
}
