using System.Reflection;
using SessionRecorder.Host.Trust;
using McMasterConfig = McMaster.NETCore.Plugins.PluginConfig;
using McMasterLoader = McMaster.NETCore.Plugins.PluginLoader;

namespace SessionRecorder.Host.Plugins;

/// <summary>Loads plugins, each into a load context of its own. The one type that knows McMaster.NETCore.Plugins.</summary>
/// <remarks>
/// A plugin that is used twice is loaded once. Nothing is ever unloaded or reloaded: the process ends first. A load
/// context keeps versions apart and is no security boundary. Thread-safe.
/// </remarks>
/// <param name="trust">Refuses what others can change.</param>
/// <param name="areInspected">
/// Whether this very program has inspected the plugins a moment ago: an agent does without reading them once more, which
/// would cost it 2 MB for as long as it records.
/// </param>
internal sealed class PluginLoader(TrustPolicy trust, bool areInspected)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Type> _entryPoints = new(StringComparer.Ordinal);

    /// <summary>Loads a plugin and finds its entry point.</summary>
    /// <returns>The one public class that implements <see cref="IRecorderPlugin"/>.</returns>
    /// <exception cref="PluginException">It cannot be loaded.</exception>
    /// <exception cref="TrustException">Others can change it.</exception>
    public Type Load(PluginManifest plugin)
    {
        lock (_lock)
        {
            if (!_entryPoints.TryGetValue(plugin.EntryAssembly, out var entryPoint))
            {
                trust.RequireTree("the plugin", plugin.Folder);
                if (!areInspected)
                {
                    PluginInspector.Inspect(plugin);
                }

                entryPoint = FindEntryPoint(plugin, LoadTypes(plugin));
                _entryPoints.Add(plugin.EntryAssembly, entryPoint);
            }

            return entryPoint;
        }
    }

    private static Type[] LoadTypes(PluginManifest plugin)
    {
        var config = new McMasterConfig(plugin.EntryAssembly)
        {
            IsUnloadable = false,
            EnableHotReload = false,

            // What the shared assemblies refer to is shared when it is asked for, not loaded in advance.
            IsLazyLoaded = true,
        };
        foreach (var shared in SharedAssemblies.Names)
        {
            config.SharedAssemblies.Add(shared);
        }

        try
        {
            // A load context that is not unloadable lives as long as the process, and so does its loader.
            return new McMasterLoader(config).LoadDefaultAssembly().GetTypes();
        }
        catch (ReflectionTypeLoadException e)
        {
            throw PluginLoadFailure.Describe(plugin, [.. e.LoaderExceptions.OfType<Exception>()], e);
        }
        catch (Exception e) when (PluginLoadFailure.IsLoadFailure(e))
        {
            throw PluginLoadFailure.Describe(plugin, [e], e);
        }
    }

    private static Type FindEntryPoint(PluginManifest plugin, Type[] types)
    {
        var candidates = types
            .Where(t => t is { IsClass: true, IsAbstract: false } && typeof(IRecorderPlugin).IsAssignableFrom(t))
            .ToArray();
        var visible = candidates.Where(t => t.IsVisible).ToArray();
        var assembly = Path.GetFileName(plugin.EntryAssembly);
        return visible switch
        {
            [var only] when only.GetConstructor(Type.EmptyTypes) is not null => only,
            [var only] => throw Refuse(
                $"the entry point {only} of the plugin {plugin.Id} has no public constructor without parameters", "add one"),
            [] when candidates is [var hidden, ..] => throw Refuse(
                $"the entry point {hidden} of the plugin {plugin.Id} is not public", "make the class public"),
            [] => throw Refuse(
                $"the plugin {plugin.Id} has no entry point: no public class in {assembly} implements {nameof(IRecorderPlugin)}",
                "correct entryAssembly in its plugin.json, or add the class"),
            _ => throw Refuse(
                $"the plugin {plugin.Id} has {visible.Length} entry points in {assembly}: "
                    + string.Join(", ", visible.Select(t => t.FullName)),
                $"leave one public class that implements {nameof(IRecorderPlugin)}"),
        };

        PluginException Refuse(string message, string remedy) => new(plugin.Id, PluginFailure.NoEntryPoint, message, remedy);
    }
}
