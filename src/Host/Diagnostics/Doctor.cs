using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Plugins;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Diagnostics;

/// <summary>Finds out whether this machine can record and deliver. Changes nothing.</summary>
/// <param name="load">Reads the configuration.</param>
/// <param name="newServices">What plugins get, for the configuration and the session that is to be recorded, if any.</param>
internal sealed class Doctor(
    Func<RecorderConfiguration> load, Func<RecorderConfiguration, UserSession?, HostServices> newServices)
{
    /// <summary>How long one check may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Attempts _attempts = new();

    /// <summary>Whether something found is a fault of the configuration, and not of the machine; known when all is examined.</summary>
    public bool IsConfigurationWrong => _attempts.IsConfigurationWrong;

    /// <summary>Tells what is found, as it is found.</summary>
    public async IAsyncEnumerable<Finding> ExamineAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (configuration, findings) = LoadConfiguration();
        foreach (var finding in (IEnumerable<Finding>)[.. findings, .. MachineCheck.Check(TimeProvider.System)])
        {
            yield return finding;
        }

        if (configuration is null)
        {
            yield break;
        }

        foreach (var finding in CheckDataDirectory(configuration))
        {
            yield return finding;
        }

        foreach (var finding in await _attempts.RunAsync("spool", _ => Task.FromResult<IReadOnlyList<Finding>>([.. SpoolCheck.Check(configuration)]), cancellationToken))
        {
            yield return finding;
        }

        var (plugins, refusals) = ReadPlugins(configuration);
        if (plugins is null)
        {
            foreach (var refusal in refusals)
            {
                yield return refusal;
            }

            yield break;
        }

        var parts = new DoctorParts(plugins, configuration, newServices, _attempts);
        await foreach (var finding in parts.ExamineAsync(cancellationToken))
        {
            yield return finding;
        }
    }

    private (RecorderConfiguration? Configuration, IReadOnlyList<Finding> Findings) LoadConfiguration()
    {
        try
        {
            var configuration = load();
            var where = configuration.File ?? $"no file at {RecorderPaths.DefaultConfigurationFile}: everything has its default";
            return (configuration, [new(FindingLevel.Ok, "configuration", where), .. FindMissingStorage(configuration)]);
        }
        catch (Exception e) when (e is ConfigurationException or TrustException)
        {
            return (null, _attempts.Describe("configuration", e));
        }
    }

    private IReadOnlyList<Finding> CheckDataDirectory(RecorderConfiguration configuration)
    {
        try
        {
            configuration.Trust.Require(SpoolRoot.DataDirectory, configuration.Options.DataDirectory);
            return [DataDirectoryCheck.Check(configuration.Options)];
        }
        catch (TrustException e)
        {
            return _attempts.Describe(DataDirectoryCheck.Subject, e);
        }
    }

    private (PluginHost? Plugins, IReadOnlyList<Finding> Refusals) ReadPlugins(RecorderConfiguration configuration)
    {
        try
        {
            return (new PluginHost(PluginCatalog.Read(configuration.Options.PluginDirectory, configuration.Trust)), []);
        }
        catch (TrustException e)
        {
            return (null, _attempts.Describe("plugins", e));
        }
    }

    private static IEnumerable<Finding> FindMissingStorage(RecorderConfiguration configuration) =>
        configuration.Options.Storage.Count > 0
            ? []
            :
            [
                new(
                    FindingLevel.Warning,
                    "storage",
                    "no storage is configured, so that only 'record --output' can deliver",
                    "name a sink under Storage in the configuration"),
            ];
}
