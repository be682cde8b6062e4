using Microsoft.Extensions.Configuration;

namespace SessionRecorder.Host.Configuration;

/// <summary>The values of all sources, the later over the earlier, and where each came from.</summary>
internal sealed class ConfigurationSources
{
    private readonly Dictionary<string, string?> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _origins = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _spelling = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Sets a value.</summary>
    public void Set(string key, string value, string origin)
    {
        var spelled = Spell(key);
        _values[spelled] = value;
        _origins[spelled] = origin;
    }

    /// <summary>Removes a key and all below it, as if it had never been given.</summary>
    public void Remove(string key)
    {
        foreach (var below in _values.Keys.Where(k => IsAtOrBelow(k, key)).ToArray())
        {
            _values.Remove(below);
            _origins.Remove(below);
        }
    }

    public IConfigurationRoot Build() => new ConfigurationBuilder().AddInMemoryCollection(_values).Build();

    /// <summary>The error with the place where the value was given.</summary>
    public ConfigurationError Locate(ConfigurationError error)
    {
        if (error.Origin is not null || error.Key.Length == 0)
        {
            return error;
        }

        // A group that is wrong as a whole was given where its first value was.
        var key = _origins.ContainsKey(error.Key) ? error.Key : _values.Keys.FirstOrDefault(k => IsAtOrBelow(k, error.Key));
        return key is null ? error : error with { Origin = _origins[key] };
    }

    // Keys are the same in any case; they are shown as the first source spelled them, and a sink is named so too, for
    // environment variables tend to be in capitals.
    private string Spell(string key)
    {
        var spelled = "";
        foreach (var part in key.Split(':'))
        {
            var path = spelled.Length == 0 ? part : $"{spelled}:{part}";
            if (!_spelling.TryGetValue(path, out spelled!))
            {
                spelled = _spelling[path] = path;
            }
        }

        return spelled;
    }

    private static bool IsAtOrBelow(string key, string root) =>
        key.StartsWith(root, StringComparison.OrdinalIgnoreCase) && (key.Length == root.Length || key[root.Length] == ':');
}
