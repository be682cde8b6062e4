using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using SessionRecorder.Host.Configuration;

namespace SessionRecorder.Tests.Configuration;

/// <summary>recorder.schema.json, by which editors complete, says what the options classes say.</summary>
public sealed class SchemaTests
{
    // Their defaults depend on the machine and are described in words.
    private static readonly string[] WithoutDefault = [nameof(RecorderOptions.DataDirectory), nameof(RecorderOptions.PluginDirectory), nameof(ServiceOptions.Watch)];

    private static readonly JsonElement Schema = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "recorder.schema.json"))).RootElement;

    [Fact]
    public void The_schema_knows_the_same_keys_defaults_and_limits_as_the_program() =>
        Compare(Schema, new RecorderOptions(), "", extra: "$schema");

    [Fact]
    public void A_sink_has_the_keys_of_a_plugins_selection()
    {
        var sink = Schema.GetProperty("properties").GetProperty("Storage").GetProperty("additionalProperties");

        Compare(sink, new PluginSelection(), "Storage:*", extra: null);
    }

    private static void Compare(JsonElement schema, object options, string path, string? extra)
    {
        var properties = options.GetType().GetProperties();
        var described = schema.GetProperty("properties");
        Assert.Equal(
            properties.Select(p => p.Name).Order(StringComparer.Ordinal),
            described.EnumerateObject().Select(p => p.Name).Where(n => n != extra).Order(StringComparer.Ordinal));
        Assert.False(schema.GetProperty("additionalProperties").GetBoolean(), $"{path} lets unknown keys through");
        foreach (var property in properties)
        {
            CompareProperty(described.GetProperty(property.Name), property, property.GetValue(options), $"{path}:{property.Name}");
        }
    }

    private static void CompareProperty(JsonElement described, PropertyInfo property, object? value, string path)
    {
        Assert.True(described.TryGetProperty("description", out _) || described.TryGetProperty("$ref", out _), $"{path} has no description");
        switch (value)
        {
            case IConfiguration:
                Assert.Equal("#/$defs/options", described.GetProperty("$ref").GetString());
                break;
            case Dictionary<string, PluginSelection>:
                break;
            case PluginSelection or ServiceOptions:
                Compare(described, value, path, extra: null);
                break;
            case List<string>:
                Assert.Equal(0, described.GetProperty("default").GetArrayLength());
                break;
            case { } other when property.PropertyType is { IsClass: true } type && type.Assembly == typeof(RecorderOptions).Assembly:
                Compare(described, other, path, extra: null);
                break;
            case UploadOptions group:
                Compare(described, group, path, extra: null);
                break;
            case "" when path == "Storage:*:Plugin":
                break;
            default:
                CompareValue(described, property, value, path);
                break;
        }
    }

    private static void CompareValue(JsonElement described, PropertyInfo property, object? value, string path)
    {
        if (!WithoutDefault.Contains(property.Name))
        {
            Assert.True(described.TryGetProperty("default", out var shown), $"{path} has no default");
            Assert.Equal(ValueParser.Format(value), shown.ToString(), ignoreCase: property.PropertyType == typeof(bool));
        }

        if (property.PropertyType.IsEnum)
        {
            Assert.Equal(
                ValueParser.DescribeAllowed(property.PropertyType),
                "one of " + string.Join(", ", described.GetProperty("enum").EnumerateArray().Select(e => e.GetString())));
        }

        if (property.GetCustomAttribute<RangeAttribute>() is { OperandType: var type } range && type == typeof(double))
        {
            Assert.Equal((range.Minimum, range.Maximum), (described.GetProperty("minimum").GetDouble(), described.GetProperty("maximum").GetDouble()));
        }
    }
}
