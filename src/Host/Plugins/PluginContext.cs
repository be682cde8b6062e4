using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SessionRecorder.Host.Configuration;

namespace SessionRecorder.Host.Plugins;

/// <summary>What a plugin configures itself with. Collects the errors in its options instead of throwing.</summary>
internal sealed class PluginContext(IServiceCollection services, IConfiguration options) : IPluginContext
{
    private readonly List<List<ConfigurationError>> _bindings = [];
    private bool _wereRead;

    public IServiceCollection Services { get; } = services;

    public IConfiguration Options
    {
        get
        {
            _wereRead = true;
            return options;
        }
    }

    public void AddOptions<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>()
        where T : class, new()
    {
        List<ConfigurationError> errors = [];
        Services.AddSingleton(Microsoft.Extensions.Options.Options.Create(StrictBinder.Bind<T>(options, errors)));
        _bindings.Add(errors);
    }

    /// <summary>What is wrong with the options, once the plugin has configured itself.</summary>
    public IEnumerable<ConfigurationError> FindErrors()
    {
        if (_bindings.Count == 0)
        {
            // A plugin that reads the section itself knows its keys; one that reads nothing has none.
            return _wereRead
                ? []
                : options.GetChildren().Select(c => new ConfigurationError(
                    c.Path, c.Value is null ? null : SecretKeys.Show(c.Path, c.Value), "unknown key; this plugin takes no options")
                {
                    IsUnknownKey = true,
                });
        }

        // With two options classes over one section, a key is unknown only when neither knows it.
        return _bindings
            .SelectMany(b => b)
            .Where(e => !e.IsUnknownKey || _bindings.TrueForAll(b => b.Exists(o => o.IsUnknownKey && o.Key == e.Key)))
            .DistinctBy(e => (e.Key, e.IsUnknownKey ? "" : e.Problem));
    }
}
