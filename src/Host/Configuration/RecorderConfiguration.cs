using Microsoft.Extensions.Configuration;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Configuration;

/// <summary>The configuration as loaded. Immutable.</summary>
internal sealed class RecorderConfiguration
{
    public required RecorderOptions Options { get; init; }

    public required IConfiguration Root { get; init; }

    /// <summary>The file that was read; null where there is none.</summary>
    public required string? File { get; init; }

    /// <summary>The policy under which it was read, and under which what it names is used.</summary>
    public required TrustPolicy Trust { get; init; }

    /// <summary>Where each value came from.</summary>
    public required ConfigurationSources Sources { get; init; }

    /// <summary>The sinks, of which recording and looking at recordings need at least one.</summary>
    /// <exception cref="ConfigurationException">No sink is configured.</exception>
    public IReadOnlyDictionary<string, PluginSelection> RequireStorage() => Options.Storage.Count > 0
        ? Options.Storage
        : throw new ConfigurationException(new ConfigurationError(
            nameof(RecorderOptions.Storage),
            null,
            "no storage is configured, so there is nowhere to deliver to; name at least one sink in "
                + $"{File ?? RecorderPaths.DefaultConfigurationFile}: \"Storage\": {{ \"archive\": {{ \"Plugin\": \"local\", … }} }}"));
}
