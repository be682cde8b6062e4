using System.Runtime.CompilerServices;
using System.Text.Json;

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
        Assert.Equal(names, value.EnumerateObject().Select(property => property.Name));
        Assert.Equal(names, schema.GetProperty("required").EnumerateArray().Select(name => name.GetString()));
        foreach (var property in value.EnumerateObject())
        {
            Compare($"{path}.{property.Name}", properties.GetProperty(property.Name), property.Value);
        }
    }

    private static string SchemaFile([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "docs", "manifest.schema.json");
}
