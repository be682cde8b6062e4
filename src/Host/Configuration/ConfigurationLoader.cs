using System.Collections;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Configuration;

/// <summary>Reads the configuration: recorder.json, over it the environment, over it the command line's options.</summary>
internal static class ConfigurationLoader
{
    /// <summary>What the names of environment variables begin with: <c>SESSION_RECORDER__CAPTURE__FRAMERATE=10</c>.</summary>
    public const string EnvironmentPrefix = "SESSION_RECORDER__";

    private const string SchemaKey = "$schema";

    /// <summary>Reads the configuration with this process's environment.</summary>
    /// <param name="file">The file, which must exist; null for the default one, which need not.</param>
    /// <param name="overrides">
    /// Keys (<c>Capture:FrameRate</c>) and values that go over all others. Null as a value removes the key and all below
    /// it: <c>Storage</c> = null and <c>Storage:output:Plugin</c> = local leave one sink.
    /// </param>
    /// <param name="trust">Refuses a file that others can change, before it is read.</param>
    /// <returns>The configuration, complete and valid; plugins have yet to check their own options.</returns>
    /// <exception cref="ConfigurationException">With everything that is wrong.</exception>
    /// <exception cref="TrustException">Others can change the file.</exception>
    public static RecorderConfiguration Load(string? file, IReadOnlyDictionary<string, string?> overrides, TrustPolicy trust) =>
        Load(file, overrides, trust, Environment.GetEnvironmentVariables());

    /// <inheritdoc cref="Load(string?, IReadOnlyDictionary{string, string?}, TrustPolicy)"/>
    public static RecorderConfiguration Load(
        string? file, IReadOnlyDictionary<string, string?> overrides, TrustPolicy trust, IDictionary environment)
    {
        var sources = new ConfigurationSources();
        var errors = new List<ConfigurationError>();
        var path = FindFile(file);
        if (path is not null)
        {
            // Then nobody else can put another file there before it is read (IPathTrust).
            trust.Require("the configuration file", path);
            AddFile(path, sources, errors);
        }

        AddEnvironment(environment, sources);
        AddOverrides(overrides, sources);

        var root = sources.Build();
        var options = StrictBinder.Bind<RecorderOptions>(root, errors);
        ConfigurationException.ThrowIfAny([.. errors.Select(sources.Locate)]);
        return new RecorderConfiguration { Options = options, Root = root, File = path, Trust = trust, Sources = sources };
    }

    private static string? FindFile(string? file)
    {
        var path = Path.GetFullPath(file ?? RecorderPaths.DefaultConfigurationFile);
        return File.Exists(path) ? path
            : Directory.Exists(path) ? throw new ConfigurationException(
                new ConfigurationError("", null, $"{path} is a folder, and no configuration file; {(file is null ? "remove it" : "name the file in it")}"))
            : file is null ? null
            : throw new ConfigurationException(
                new ConfigurationError("", null, $"there is no configuration file {path}; correct --config or create the file"));
    }

    private static void AddFile(string path, ConfigurationSources sources, List<ConfigurationError> errors)
    {
        var json = JsonConfigurationFile.Read(path);
        errors.AddRange(json.Errors);
        foreach (var entry in json.Entries.Where(e => e.Key != SchemaKey))
        {
            sources.Set(entry.Key, entry.Value, entry.Origin);
        }
    }

    private static void AddEnvironment(IDictionary environment, ConfigurationSources sources)
    {
        foreach (DictionaryEntry variable in environment)
        {
            var name = (string)variable.Key;
            if (name.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase))
            {
                var key = name[EnvironmentPrefix.Length..].Replace("__", ":", StringComparison.Ordinal);
                sources.Set(key, variable.Value as string ?? "", $"environment variable {name}");
            }
        }
    }

    private static void AddOverrides(IReadOnlyDictionary<string, string?> overrides, ConfigurationSources sources)
    {
        foreach (var (key, _) in overrides.Where(o => o.Value is null))
        {
            sources.Remove(key);
        }

        foreach (var (key, value) in overrides)
        {
            if (value is not null)
            {
                sources.Set(key, value, "command line");
            }
        }
    }
}
