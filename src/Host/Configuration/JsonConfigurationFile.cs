using System.Text;
using System.Text.Json;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Configuration;

/// <summary>Reads recorder.json into keys and values, and remembers the line of each.</summary>
/// <remarks>
/// Comments, trailing commas and a byte order mark are allowed. A key given twice is an error, in whatever case: which
/// of the two was meant, nobody can tell. <c>null</c> counts as not given.
/// </remarks>
internal sealed class JsonConfigurationFile
{
    private readonly string _file;
    private readonly byte[] _json;
    private readonly Dictionary<string, string> _seen = new(StringComparer.OrdinalIgnoreCase);

    private JsonConfigurationFile(string file, byte[] json)
    {
        _file = file;
        _json = json;
    }

    /// <summary>A value, and where it was given.</summary>
    public sealed record Entry(string Key, string Value, string Origin);

    public List<Entry> Entries { get; } = [];

    public List<ConfigurationError> Errors { get; } = [];

    /// <summary>Reads a file.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or is not JSON.</exception>
    public static JsonConfigurationFile Read(string file)
    {
        byte[] bytes;
        try
        {
            bytes = BoundedFile.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException([new("", null, $"the configuration {file} cannot be read: {e.Message}")], e);
        }

        var preamble = Encoding.UTF8.Preamble;
        var json = new JsonConfigurationFile(file, bytes.AsSpan().StartsWith(preamble) ? bytes[preamble.Length..] : bytes);
        json.ReadDocument();
        return json;
    }

    private void ReadDocument()
    {
        var reader = new Utf8JsonReader(
            _json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw Broken("it must hold one object: { … }", LineAt(reader.TokenStartIndex), 1, null);
            }

            ReadObject(ref reader, "");

            // Reads on, so that something after the object is noticed.
            reader.Read();
        }
        catch (JsonException e)
        {
            var sentence = e.Message.Split(" LineNumber:", 2)[0].TrimEnd('.');
            throw Broken(sentence, (e.LineNumber ?? 0) + 1, (e.BytePositionInLine ?? 0) + 1, e);
        }
    }

    private void ReadObject(ref Utf8JsonReader reader, string path)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = path.Length == 0 ? reader.GetString()! : $"{path}:{reader.GetString()}";
            var origin = $"{_file} line {LineAt(reader.TokenStartIndex)}";
            See(key, origin);
            reader.Read();
            ReadValue(ref reader, key, origin);
        }
    }

    private void See(string key, string origin)
    {
        if (!_seen.TryAdd(key, origin))
        {
            Errors.Add(new(key, null, $"is given twice, first at line {_seen[key].Split(' ')[^1]}") { Origin = origin });
        }
    }

    private void ReadValue(ref Utf8JsonReader reader, string key, string origin)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                ReadObject(ref reader, key);
                break;
            case JsonTokenType.StartArray:
                for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
                {
                    var place = $"{_file} line {LineAt(reader.TokenStartIndex)}";
                    See($"{key}:{i}", place);
                    ReadValue(ref reader, $"{key}:{i}", place);
                }

                break;
            case JsonTokenType.Null:
                break;
            case JsonTokenType.String:
                AddText(key, reader.GetString()!, origin);
                break;
            default:
                Entries.Add(new(key, Encoding.UTF8.GetString(reader.ValueSpan), origin));
                break;
        }
    }

    /// <summary>No path, name or address has a NUL, and the system would cut the text off there.</summary>
    private void AddText(string key, string text, string origin)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            Errors.Add(new(key, null, "holds the character \\u0000, which no value may have") { Origin = origin });
        }

        Entries.Add(new(key, text, origin));
    }

    private int LineAt(long index) => 1 + _json.AsSpan(0, (int)index).Count((byte)'\n');

    private ConfigurationException Broken(string what, long line, long column, Exception? cause) =>
        new([new("", null, $"the configuration {_file} is not valid JSON at line {line}, column {column}: {what}")], cause);
}
