using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SessionRecorder.Host.Spool;

/// <summary>A line of a ledger, as read.</summary>
/// <param name="Seq">Its number, from 0.</param>
/// <param name="At">When it was written, session time.</param>
/// <param name="Kind">The kind of fact.</param>
/// <param name="Fact">The fact; null for a kind that a later version wrote.</param>
/// <param name="Hash">SHA-256 of the line without its newline, lower-case hexadecimal digits.</param>
/// <param name="End">The length of the ledger up to and including this line's newline, in bytes.</param>
internal readonly record struct LedgerLine(
    long Seq, DateTimeOffset At, string Kind, LedgerFact? Fact, string Hash, long End)
{
    /// <summary>What stands for the hash of the line before the first, and for a hash that is yet to be filled in.</summary>
    public const string NoHash = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>The kind of the line that closes the account.</summary>
    public const string SealedKind = "session-sealed";

    /// <summary>The hash by which the next line names this one.</summary>
    public static string HashOf(ReadOnlySpan<byte> line)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(line, hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>Makes a line, newline included: <c>{"seq":…,"at":…,"prev":…,"fact":…,…}</c>.</summary>
    public static byte[] Encode(long seq, DateTimeOffset at, string prev, LedgerFact fact)
    {
        // The serializer puts the discriminator first, so its object continues ours behind the opening brace.
        var body = JsonSerializer.SerializeToUtf8Bytes(fact, LedgerFormat.Fact);
        var head = Encoding.ASCII.GetBytes($$"""{"seq":{{seq}},"at":"{{SessionTime.Format(at)}}","prev":"{{prev}}",""");
        return [.. head, .. body.AsSpan(1), (byte)'\n'];
    }

    /// <summary>Reads a line that must be the next in its chain.</summary>
    /// <param name="line">The line without its newline. Its bytes are changed.</param>
    /// <param name="seq">The number that it must have.</param>
    /// <param name="prev">The hash of the line before.</param>
    /// <param name="end">What to say as <see cref="End"/>.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="InvalidDataException">It is JSON, but not this line of a ledger; the message says why.</exception>
    public static LedgerLine Decode(Span<byte> line, long seq, string prev, long end)
    {
        var hash = HashOf(line);
        var reader = new Utf8JsonReader(line);
        reader.Read();
        Expect(reader.TokenType == JsonTokenType.StartObject, ref reader, "it is not an object");
        ExpectName(ref reader, "seq"u8);
        var numbered = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number == seq;
        Expect(numbered, ref reader, $"its number is not {seq}: a line is missing, doubled or out of place");
        ExpectName(ref reader, "at"u8);
        var at = default(DateTimeOffset);
        var timed = reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out at);
        Expect(timed, ref reader, "'at' is not a time");
        ExpectName(ref reader, "prev"u8);
        var chained = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(prev);
        Expect(chained, ref reader, "it does not name the hash of the line before it, so one of the two was changed");
        var comma = (int)reader.BytesConsumed;
        ExpectName(ref reader, "fact"u8);
        Expect(reader.TokenType == JsonTokenType.String, ref reader, "'fact' is not a text");
        // Not GetString, which throws for a flipped byte that is no UTF-8.
        var kind = Encoding.UTF8.GetString(reader.ValueSpan);
        var fact = LedgerFacts.IsKnown(kind) ? DecodeFact(line, comma, kind) : Skip(ref reader);
        return new LedgerLine(seq, SessionTime.Normalize(at), kind, fact, hash, end);
    }

    private static LedgerFact DecodeFact(Span<byte> line, int comma, string kind)
    {
        // What stands between the hash and the discriminator is their comma, or somebody edited the line.
        line[comma] = (byte)'{';
        try
        {
            return JsonSerializer.Deserialize(line[comma..], LedgerFormat.Fact)!;
        }
        catch (JsonException e)
        {
            // Torn or merely unexpected? What is no JSON at all comes out of this walk as another JsonException.
            var reader = new Utf8JsonReader(line[comma..]);
            Skip(ref reader);
            throw new InvalidDataException($"it is not a whole fact of the kind '{kind}'", e);
        }
    }

    private static LedgerFact? Skip(ref Utf8JsonReader reader)
    {
        while (reader.Read())
        {
        }

        return null;
    }

    private static void ExpectName(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        var named = reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(name);
        Expect(named, ref reader, "it does not hold seq, at, prev and fact, in this order");
        reader.Read();
    }

    private static void Expect(bool holds, ref Utf8JsonReader reader, string reason)
    {
        if (!holds)
        {
            Skip(ref reader);
            throw new InvalidDataException(reason);
        }
    }
}
