using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace SessionRecorder.Host.Spool;

/// <summary>session.json as bytes.</summary>
internal static class SessionJson
{
    private static readonly JsonTypeInfo<SessionDocument> Format = new SessionJsonContext(
        new JsonSerializerOptions(SessionJsonContext.Default.Options)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        })
        .SessionDocument;

    /// <summary>Writes the document.</summary>
    public static byte[] Serialize(SessionDocument document) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(document, Format), (byte)'\n'];

    /// <summary>Reads the document.</summary>
    /// <exception cref="JsonException">It is not one, or of a schema that this version does not know.</exception>
    public static SessionDocument Parse(ReadOnlySpan<byte> bytes)
    {
        var document = JsonSerializer.Deserialize(bytes, Format) ?? throw new JsonException("it is null");
        return document.Schema == 1
            // The generated reader knows nothing of initializers: what is missing is null.
            ? document with { Metadata = document.Metadata ?? new Dictionary<string, string>() }
            : throw new JsonException($"its schema is {document.Schema}, and this version knows 1");
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(SessionTimeConverter)],
    RespectNullableAnnotations = true,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(SessionDocument))]
internal sealed partial class SessionJsonContext : JsonSerializerContext;
