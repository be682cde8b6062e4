using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace SessionRecorder.Host.Spool;

/// <summary>How facts are written and read as JSON.</summary>
internal static class LedgerFormat
{
    /// <summary>Leaves what is readable unescaped (<c>1280x720+0+0</c>, names in any script): no line is ever HTML.</summary>
    public static JsonTypeInfo<LedgerFact> Fact { get; } = new LedgerJson(
        new JsonSerializerOptions(LedgerJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
        .LedgerFact;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(SessionTimeConverter)],
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(LedgerFact))]
internal sealed partial class LedgerJson : JsonSerializerContext;
