using System.Runtime.CompilerServices;
using System.Text.Json;
using SessionRecorder.Host.Catalog;

namespace SessionRecorder.Tests.Catalog;

public sealed class ManifestSchemaTests
{
    [Fact]
    public void The_published_schema_names_exactly_the_fields_of_a_manifest()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(SchemaFile()));
        using var manifest = JsonDocument.Parse(new StoredSession()["manifest.json"]);
        Compare("", schema.RootElement, manifest.RootElement);
    }

    /// <summary>What is there only where each monitor has a video of its own.</summary>
    private static readonly string[] Optional = ["tracks", "monitor"];

    [Fact]
    public void The_published_schema_names_the_fields_of_a_manifest_with_tracks()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(SchemaFile()));
        using var manifest = JsonDocument.Parse(ManifestJson.Serialize(SeparateSession.Manifest()));
        Compare("", schema.RootElement, manifest.RootElement);
        Assert.True(manifest.RootElement.TryGetProperty("tracks", out _));
        Assert.True(manifest.RootElement.GetProperty("segments")[0].TryGetProperty("monitor", out _));
    }

    private static void Compare(string path, JsonElement schema, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray())
            {
                Compare(path + "[]", schema.GetProperty("items"), item);
            }
        }

        if (value.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("properties", out var properties))
        {
            return;
        }

        var names = properties.EnumerateObject().Select(property => property.Name).ToArray();
        var present = value.EnumerateObject().Select(property => property.Name).ToArray();
        Assert.Equal(names.Where(name => !Optional.Contains(name) || present.Contains(name)), present);
        Assert.Equal(names.Except(Optional), schema.GetProperty("required").EnumerateArray().Select(name => name.GetString()));
        foreach (var property in value.EnumerateObject())
        {
            Compare($"{path}.{property.Name}", properties.GetProperty(property.Name), property.Value);
        }
    }

    private static string SchemaFile([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "docs", "manifest.schema.json");
}
