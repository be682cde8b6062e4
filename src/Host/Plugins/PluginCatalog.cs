using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Plugins;

/// <summary>The plugins that are installed: a folder each, read without loading any. Immutable.</summary>
internal sealed class PluginCatalog
{
    private PluginCatalog(
        string directory, TrustPolicy trust, IReadOnlyList<PluginManifest> plugins, IReadOnlyList<PluginException> broken)
    {
        Trust = trust;
        Directory = directory;
        Plugins = plugins;
        Broken = broken;
    }

    public string Directory { get; }

    /// <summary>The policy under which it was read, and under which plugins are loaded.</summary>
    public TrustPolicy Trust { get; }

    /// <summary>The plugins with a good manifest, by id.</summary>
    public IReadOnlyList<PluginManifest> Plugins { get; }

    /// <summary>What is wrong with the other folders. It matters only to whoever asks for one of them.</summary>
    public IReadOnlyList<PluginException> Broken { get; }

    /// <summary>Reads the plugin folder. A folder that does not exist holds no plugins.</summary>
    /// <exception cref="TrustException">Others can change the folder, a plugin's folder or its plugin.json.</exception>
    public static PluginCatalog Read(string directory, TrustPolicy trust)
    {
        trust.Require("the plugin folder", directory);
        var plugins = new List<PluginManifest>();
        var broken = new List<PluginException>();
        var folders = System.IO.Directory.Exists(directory) ? System.IO.Directory.GetDirectories(directory) : [];
        foreach (var folder in folders.Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal))
        {
            trust.Require("the plugin", folder);
            trust.Require("the plugin's manifest", Path.Combine(folder, PluginManifest.FileName));
            try
            {
                plugins.Add(PluginManifest.Read(folder));
            }
            catch (PluginException e)
            {
                broken.Add(e);
            }
        }

        return new PluginCatalog(directory, trust, plugins, broken);
    }

    /// <summary>The installed plugins of a kind.</summary>
    public IEnumerable<PluginManifest> OfKind(string kind) => Plugins.Where(p => p.Kind == kind);

    /// <summary>Finds a plugin.</summary>
    /// <exception cref="PluginException">There is none of this name, or its folder is broken.</exception>
    public PluginManifest Find(string kind, string name)
    {
        var id = $"{kind}.{name}";
        if (Plugins.FirstOrDefault(p => p.Id == id) is { } plugin)
        {
            return plugin;
        }

        if (Broken.FirstOrDefault(b => b.PluginId == id) is { } broken)
        {
            throw broken;
        }

        var names = OfKind(kind).Select(p => p.Name).ToArray();
        var remedy = Suggestion.For(name, names) is { } meant ? $"did you mean {meant}?"
            : names.Length > 0 ? $"choose one of {string.Join(", ", names)}, or install it"
            : $"no {kind} plugin is installed: install one, or correct PluginDirectory";
        throw new PluginException(id, PluginFailure.NotFound, $"there is no plugin {id} in {Directory}", remedy);
    }
}
