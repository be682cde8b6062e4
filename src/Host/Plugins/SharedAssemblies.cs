using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace SessionRecorder.Host.Plugins;

/// <summary>The assemblies of which host and plugins must have the same copy, for their types to be the same.</summary>
/// <remarks>
/// The contracts and the abstractions alone are not enough: with a second copy of the implementations, ILogger&lt;T&gt;
/// does not resolve and validation at the start silently never runs.
/// </remarks>
internal static class SharedAssemblies
{
    /// <summary>By simple name, with the host's version.</summary>
    public static IReadOnlyDictionary<string, Version> Versions { get; } = new[]
    {
        typeof(IRecorderPlugin),
        typeof(IConfiguration),
        typeof(ConfigurationBuilder),
        typeof(ConfigurationBinder),
        typeof(IServiceCollection),
        typeof(ServiceProvider),
        typeof(ILogger),
        typeof(LoggerFactory),
        typeof(IOptions<>),
        typeof(OptionsConfigurationServiceCollectionExtensions),
        typeof(IChangeToken),
    }.Select(t => t.Assembly.GetName()).ToDictionary(n => n.Name!, n => n.Version!, StringComparer.OrdinalIgnoreCase);

    public static string Core { get; } = typeof(IRecorderPlugin).Assembly.GetName().Name!;

    public static Version CoreVersion => PluginManifest.Normalise(Versions[Core]);

    public static IEnumerable<AssemblyName> Names => Versions.Keys.Select(n => new AssemblyName(n));
}
