using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Catalog;

/// <summary>manifest.json as bytes: indented, camelCase, in a fixed order, so that the same account gives the same bytes.</summary>
internal static class ManifestJson
{
    private const int HashDigits = 64;

    private static readonly JsonTypeInfo<Manifest> Format = new ManifestJsonContext(
        new JsonSerializerOptions(ManifestJsonContext.Default.Options)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        })
        .Manifest;

    /// <summary>Writes a manifest.</summary>
    public static byte[] Serialize(Manifest manifest) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(manifest, Format), (byte)'\n'];

    /// <summary>Reads a manifest; fields that this version does not know are kept.</summary>
    /// <exception cref="JsonException">It is not one, or of a schema that this version does not know.</exception>
    public static Manifest Parse(ReadOnlySpan<byte> bytes)
    {
        var manifest = JsonSerializer.Deserialize(bytes, Format) ?? throw new JsonException("it is null");
        if (manifest.Schema != 1)
        {
            throw new JsonException($"its schema is {manifest.Schema}, and this version knows 1");
        }

        // The serializer takes a null in a list, whatever the list's type says.
        return manifest.Segments.Contains(null!) || manifest.Gaps.Contains(null!) || manifest.Displays.Contains(null!)
            || manifest.Tracks?.Any(tracks => tracks is null || tracks.Monitors.Contains(null!)) is true
            ? throw new JsonException("a list in it holds a null")
            : manifest;
    }

    /// <summary>The same bytes with another <c>ledgerHash</c>, put in its place.</summary>
    /// <param name="bytes">A manifest.</param>
    /// <param name="hash">64 hexadecimal digits.</param>
    /// <returns>The changed copy; null when there is no <c>ledgerHash</c> of 64 characters.</returns>
    /// <exception cref="JsonException">That is no JSON.</exception>
    public static byte[]? WithLedgerHash(ReadOnlySpan<byte> bytes, string hash)
    {
        var reader = new Utf8JsonReader(bytes);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1 || !reader.ValueTextEquals("ledgerHash"))
            {
                continue;
            }

            if (!reader.Read() || reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length != HashDigits)
            {
                return null;
            }

            var copy = bytes.ToArray();
            var afterQuote = (int)reader.TokenStartIndex + 1;
            Encoding.ASCII.GetBytes(hash).CopyTo(copy.AsSpan(afterQuote, HashDigits));
            return copy;
        }

        return null;
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(SessionTimeConverter)],
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(Manifest))]
internal sealed partial class ManifestJsonContext : JsonSerializerContext;
