using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Configuration;

namespace SessionRecorder.Host.Plugins;

/// <summary>Finds out which platform this machine is of, where the configuration leaves that open.</summary>
internal sealed partial class PlatformSelector(PluginHost plugins, HostServices host)
{
    private const string Fallback = "local";

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    // Each is, underneath, also of the kinds after it: who knows more is asked first. A platform that is not named here was
    // installed on purpose and knows most; of several such, the order is that of their names.
    private static readonly string[] Known = ["appstream", "workspaces", "ec2"];

    private readonly ILogger _logger = host.LoggerFactory.CreateLogger<PlatformSelector>();

    /// <summary>Makes the platform that is configured, or with <c>auto</c> the first that knows this machine, else local.</summary>
    /// <param name="selection">What the configuration says.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The platform; the caller disposes it.</returns>
    /// <exception cref="PluginException">
    /// The platform cannot be loaded; with <c>auto</c>, any of them: a recording must not end up under the wrong
    /// platform's prefix because the right plugin is broken.
    /// </exception>
    /// <exception cref="ConfigurationException">Its options are wrong.</exception>
    public async Task<PluginInstance<IPlatform>> SelectAsync(PluginSelection selection, CancellationToken cancellationToken)
    {
        if (selection.Plugin != PluginSelection.Auto)
        {
            return plugins.Create<IPlatform>(PluginKind.Platform, selection, host);
        }

        const string AnyPlatform = PluginKind.Platform + ".";
        if (plugins.Catalog.Broken.FirstOrDefault(b => b.PluginId.StartsWith(AnyPlatform, StringComparison.Ordinal)) is { } broken)
        {
            throw broken;
        }

        var candidates = plugins.Catalog.OfKind(PluginKind.Platform).Select(p => p.Name).Where(n => n != Fallback);
        foreach (var name in candidates.OrderBy(n => Array.IndexOf(Known, n)).ThenBy(n => n, StringComparer.Ordinal))
        {
            var candidate = plugins.Create<IPlatform>(PluginKind.Platform, name, selection.Options, host);
            if (await IsCurrentAsync(candidate, cancellationToken))
            {
                LogChosen(name);
                return candidate;
            }

            await candidate.DisposeAsync();
        }

        LogChosen(Fallback);
        return plugins.Create<IPlatform>(PluginKind.Platform, Fallback, selection.Options, host);
    }

    // A platform that cannot tell is not certain, and only certainty counts.
    private async Task<bool> IsCurrentAsync(PluginInstance<IPlatform> candidate, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(AnswerLimit, host.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await candidate.Service.IsCurrentAsync(either.Token).WaitAsync(either.Token);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            await candidate.DisposeAsync();
            throw;
        }
        catch (OperationCanceledException)
        {
            LogCannotTell(candidate.Manifest.Id, $"no answer within {Duration.Format(AnswerLimit)}");
            return false;
        }
        catch (Exception e)
        {
            LogCannotTell(candidate.Manifest.Id, e.Message);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "the platform is {Platform}")]
    private partial void LogChosen(string platform);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Platform} could not tell whether this machine is of its platform: {Reason}")]
    private partial void LogCannotTell(string platform, string reason);
}
