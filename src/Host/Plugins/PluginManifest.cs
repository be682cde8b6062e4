using System.Text.Json;
using System.Text.Json.Serialization;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Plugins;

/// <summary>What a plugin's plugin.json says, checked.</summary>
/// <param name="Id">Kind and name, as the folder is named: <c>storage.local</c>.</param>
/// <param name="Version">The plugin's own version, as written.</param>
/// <param name="EntryAssembly">The absolute path of the assembly with the entry point; it exists.</param>
/// <param name="MinimumCoreVersion">The oldest SessionRecorder.Core that it works with.</param>
/// <param name="Description">One line for operators.</param>
/// <param name="Folder">The plugin's folder, absolute.</param>
internal sealed record PluginManifest(
    string Id, string Version, string EntryAssembly, Version MinimumCoreVersion, string Description, string Folder)
{
    public const string FileName = "plugin.json";

    public string Kind => Id[..Id.IndexOf('.', StringComparison.Ordinal)];

    public string Name => Id[(Id.IndexOf('.', StringComparison.Ordinal) + 1)..];

    /// <summary>Reads and checks the plugin.json of a folder.</summary>
    /// <exception cref="PluginException">It is missing or wrong, or the entry assembly is missing.</exception>
    public static PluginManifest Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var folderName = Path.GetFileName(folder);
        var document = ReadDocument(path, folderName);
        var id = Given(document.Id, "id");
        var entry = Given(document.EntryAssembly, "entryAssembly");
        if (!IsId(id))
        {
            throw Bad(
                $"the id '{id}' in {path} is not a kind and a name",
                $"write it as {string.Join("|", PluginKind.All)}, a dot and a name of small letters, digits and hyphens");
        }

        if (id != folderName)
        {
            throw Bad($"the plugin in {folder} calls itself {id}", $"rename the folder to {id}");
        }

        if (entry != Path.GetFileName(entry) || !entry.EndsWith(".dll", StringComparison.OrdinalIgnoreCase))
        {
            throw Bad($"the entryAssembly '{entry}' in {path} is not the name of a .dll in its folder", "give the file's name alone");
        }

        var assembly = Path.Combine(folder, entry);
        if (!File.Exists(assembly))
        {
            throw new PluginException(
                id,
                PluginFailure.BadAssembly,
                $"the plugin {id} lacks its entry assembly {assembly}",
                "copy the plugin's whole published folder, or correct entryAssembly in its plugin.json");
        }

        return new PluginManifest(
            id,
            Given(document.Version, "version"),
            assembly,
            ParseVersion(Given(document.MinimumCoreVersion, "minimumCoreVersion")),
            document.Description ?? "",
            folder);

        string Given(string? value, string key) => string.IsNullOrWhiteSpace(value)
            ? throw Bad($"{path} does not give {key}", $"add \"{key}\" to it")
            : value;

        Version ParseVersion(string text) => System.Version.TryParse(text, out var version)
            ? Normalise(version)
            : throw Bad($"the minimumCoreVersion '{text}' in {path} is not a version", "write it as 1.2 or 1.2.3");

        PluginException Bad(string message, string remedy) =>
            new(folderName, PluginFailure.BadManifest, message, remedy);
    }

    /// <summary>Major, minor and patch: the parts in which versions are compared here.</summary>
    public static Version Normalise(Version version) => new(version.Major, version.Minor, Math.Max(0, version.Build));

    private static PluginManifestDocument ReadDocument(string path, string folderName)
    {
        try
        {
            using var stream = BoundedFile.Open(path);
            return JsonSerializer.Deserialize(stream, PluginJson.Default.PluginManifestDocument)
                ?? throw new JsonException("it holds nothing");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PluginException(
                folderName,
                PluginFailure.BadManifest,
                $"{Path.GetDirectoryName(path)} is no plugin: it has no {FileName}",
                "copy a plugin's whole published folder there, or remove the folder",
                e);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new PluginException(
                folderName,
                PluginFailure.BadManifest,
                $"{path} cannot be read: {e.Message}",
                "correct it or install the plugin again",
                e);
        }
    }

    private static bool IsId(string id) =>
        id.Split('.') is [var kind, { Length: > 0 } name]
        && PluginKind.ContractOf(kind) is not null
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}

/// <summary>plugin.json as written. Keys that are not known are left for later versions.</summary>
internal sealed record PluginManifestDocument(
    string? Id, string? Version, string? EntryAssembly, string? MinimumCoreVersion, string? Description);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(PluginManifestDocument))]
internal sealed partial class PluginJson : JsonSerializerContext;
