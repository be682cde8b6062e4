using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Plugins;

/// <summary>Looks at a plugin's files before any of its code is loaded, for what would fail later or silently.</summary>
internal static class PluginInspector
{
    private static readonly JsonDocumentOptions Lenient =
        new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Refuses a plugin that cannot work with this host.</summary>
    /// <exception cref="PluginException">With the first reason found.</exception>
    public static void Inspect(PluginManifest plugin)
    {
        RefuseOwnCore(plugin);
        RefuseOutsidePaths(plugin);
        RefuseNewerCore(plugin, plugin.MinimumCoreVersion);
        foreach (var (name, version) in ReadReferences(plugin))
        {
            if (name.Equals(SharedAssemblies.Core, StringComparison.OrdinalIgnoreCase))
            {
                RefuseNewerCore(plugin, PluginManifest.Normalise(version));
            }
            else if (SharedAssemblies.Versions.TryGetValue(name, out var shared) && version > shared)
            {
                throw NewerShared(plugin, $"was built for {name} {version}", name, shared);
            }
        }

        RefuseNewerCopies(plugin);
    }

    // Loaded in silence, its own Core would make the host find no plugin in it at all.
    private static void RefuseOwnCore(PluginManifest plugin)
    {
        var copy = Path.Combine(plugin.Folder, SharedAssemblies.Core + ".dll");
        if (File.Exists(copy))
        {
            throw new PluginException(
                plugin.Id,
                PluginFailure.CarriesCore,
                $"the plugin {plugin.Id} carries its own {copy}",
                $"delete that file, and have the plugin's project reference {SharedAssemblies.Core} with ExcludeAssets=\"runtime\"");
        }
    }

    private static void RefuseOutsidePaths(PluginManifest plugin)
    {
        foreach (var file in Directory.EnumerateFiles(plugin.Folder, "*.runtimeconfig*.json"))
        {
            if (HasProbingPaths(plugin, file))
            {
                throw new PluginException(
                    plugin.Id,
                    PluginFailure.LoadsFromOutside,
                    $"{file} has the plugin {plugin.Id} load assemblies from outside its folder (additionalProbingPaths)",
                    "use the published plugin, not its build output, or remove the file");
            }
        }
    }

    private static bool HasProbingPaths(PluginManifest plugin, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(BoundedFile.ReadAllBytes(file), Lenient);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("runtimeOptions", out var options)
                && options.ValueKind == JsonValueKind.Object
                && options.EnumerateObject().Any(o => o.Name.Equals("additionalProbingPaths", StringComparison.OrdinalIgnoreCase));
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new PluginException(
                plugin.Id, PluginFailure.LoadsFromOutside, $"{file} cannot be read: {e.Message}", "install the plugin again", e);
        }
    }

    private static void RefuseNewerCore(PluginManifest plugin, Version needed)
    {
        if (needed > SharedAssemblies.CoreVersion)
        {
            throw new PluginException(
                plugin.Id,
                PluginFailure.NeedsNewerCore,
                $"the plugin {plugin.Id} {plugin.Version} needs {SharedAssemblies.Core} {needed}, "
                    + $"and this program has {SharedAssemblies.CoreVersion}",
                "update Session Recorder, or install an older version of the plugin");
        }
    }

    private static List<(string Name, Version Version)> ReadReferences(PluginManifest plugin)
    {
        try
        {
            using var stream = BoundedFile.Open(plugin.EntryAssembly);
            using var file = new PEReader(stream);
            var metadata = file.GetMetadataReader();
            return
            [
                .. metadata.AssemblyReferences
                    .Select(metadata.GetAssemblyReference)
                    .Select(r => (metadata.GetString(r.Name), r.Version)),
            ];
        }
        catch (Exception e) when (
            e is BadImageFormatException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new PluginException(
                plugin.Id,
                PluginFailure.BadAssembly,
                $"the entry assembly {plugin.EntryAssembly} of the plugin {plugin.Id} is not a readable .NET assembly: {e.Message}",
                "install the plugin again",
                e);
        }
    }

    // A dependency of the plugin may need it, not the plugin itself: then only the copy tells.
    private static void RefuseNewerCopies(PluginManifest plugin)
    {
        foreach (var (name, shared) in SharedAssemblies.Versions)
        {
            var copy = Path.Combine(plugin.Folder, name + ".dll");
            if (File.Exists(copy) && AssemblyName.GetAssemblyName(copy).Version is { } version && version > shared)
            {
                throw NewerShared(plugin, $"carries {copy} of version {version}", name, shared);
            }
        }
    }

    private static PluginException NewerShared(PluginManifest plugin, string what, string name, Version shared) => new(
        plugin.Id,
        PluginFailure.NeedsNewerSharedAssembly,
        $"the plugin {plugin.Id} {plugin.Version} {what}, and this program shares {name} {shared} with its plugins",
        $"build the plugin with {name} {shared.Major}.{shared.Minor}.x, or update Session Recorder");
}
