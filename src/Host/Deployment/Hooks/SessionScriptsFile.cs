using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SessionRecorder.Host.Deployment.Hooks;

/// <summary>AppStream's config.json for session scripts: others' scripts stand in it too.</summary>
/// <remarks>
/// Read in any case, with comments, trailing commas, a byte order mark, in UTF-8 or UTF-16; what is not ours is kept, in its
/// order, except for comments. New names are written in the file's own case: the Linux sample has them in PascalCase.
/// </remarks>
internal sealed class SessionScriptsFile
{
    private const string SystemContext = "system";

    private static readonly string[] InnerNames = ["executables", "context", "filename", "arguments", "s3LogEnabled", "waitingTime"];

    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = true,
        NewLine = "\n",

        // The file is for people and AppStream, and never part of a page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly string _path;
    private readonly JsonObject _root;
    private readonly SessionScriptsText? _text;
    private readonly bool _isPascal;

    private SessionScriptsFile(string path, JsonObject root, SessionScriptsText? text, bool isPascal)
    {
        (_path, _root, _text) = (path, root, text);
        _isPascal = FindCase(root) ?? isPascal;
    }

    /// <summary>Whether nothing is left in it.</summary>
    public bool IsEmpty => _root.Count == 0;

    /// <summary>Whether comments get lost when it is written.</summary>
    public bool HasComments { get; private init; }

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file's path, for messages.</param>
    /// <param name="content">What it holds; null or nothing but white space when there is none.</param>
    /// <param name="isPascal">The case of names where the file does not tell.</param>
    /// <exception cref="InstallException">It cannot be understood, so that changing it could spoil others' scripts.</exception>
    public static SessionScriptsFile Read(string path, byte[]? content, bool isPascal)
    {
        if (content is null)
        {
            return new SessionScriptsFile(path, [], null, isPascal);
        }

        var text = Decode(path, content);
        if (string.IsNullOrWhiteSpace(text.Text))
        {
            return new SessionScriptsFile(path, [], text, isPascal);
        }

        try
        {
            var options = new JsonDocumentOptions
            {
                CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false,
            };
            return JsonNode.Parse(text.Text, nodeOptions: null, options) is JsonObject root
                ? new SessionScriptsFile(path, root, text, isPascal) { HasComments = FindComments(text.Text) }
                : throw Refuse(path, "does not hold one object: { … }");
        }
        catch (JsonException e)
        {
            var sentence = e.Message.Split(" LineNumber:", 2)[0].TrimEnd('.');
            throw Refuse(path, $"is not valid JSON at line {(e.LineNumber ?? 0) + 1}: {sentence}", e);
        }
    }

    /// <summary>Adds or updates our script for an event.</summary>
    /// <exception cref="InstallException">The system context's slot is taken, or the file is otherwise than AppStream has it.</exception>
    public void Put(SessionScriptEntry script)
    {
        var scripts = ObjectAt(_root, script.Event, script.Event);
        var list = ListAt(scripts, script.Event);
        var inSystem = ScriptsIn(list, script.Event).Where(IsSystem).ToArray();
        if (inSystem.FirstOrDefault(entry => FileNameOf(entry) is { Length: > 0 } name && !SessionScriptEntry.IsOurs(name)) is { } other)
        {
            throw new InstallException(
                $"{_path} has a script for {script.Event} in the system context already: {FileNameOf(other)} (AppStream runs one a context)",
                $"let that script call `{script.FileName} {script.Arguments}`, or remove it from the file, and run install again");
        }

        // An entry with an empty file name is what the template of AppStream has in a free slot.
        var own = inSystem.FirstOrDefault() ?? Append(list);
        foreach (var surplus in inSystem.Skip(1))
        {
            list.Remove(surplus);
        }

        Set(own, "context", SystemContext);
        Set(own, "filename", script.FileName);
        Set(own, "arguments", script.Arguments);
        Set(own, "s3LogEnabled", true);
        Set(scripts, "waitingTime", SessionScriptEntry.LongestWait);
    }

    /// <summary>How long AppStream waits for an event's scripts, in seconds; null where the file does not tell.</summary>
    public int? WaitingTimeOf(string name) =>
        Find(_root, name)?.Value is JsonObject scripts
        && Find(scripts, "waitingTime")?.Value is JsonValue value
        && value.TryGetValue<int>(out var seconds) ? seconds : null;

    /// <summary>Takes our scripts out; and what only they needed.</summary>
    public void RemoveOwn()
    {
        foreach (var (name, value) in _root.ToArray())
        {
            if (value is JsonObject scripts && Find(scripts, "executables") is { Value: JsonArray list } found && RemoveOwn(list)
                && list.Count == 0)
            {
                scripts.Remove(found.Key);
                if (scripts.All(left => left.Key.Equals("waitingTime", StringComparison.OrdinalIgnoreCase)))
                {
                    _root.Remove(name);
                }
            }
        }
    }

    /// <summary>The file's bytes, in the encoding that it had.</summary>
    public byte[] ToBytes()
    {
        var text = _root.ToJsonString(Layout) + "\n";
        return (_text is null ? new SessionScriptsText(text, new UTF8Encoding(false), []) : _text with { Text = text }).Encode();
    }

    /// <summary>Whether it says what another text of the file says, however either is laid out.</summary>
    public bool Says(SessionScriptsFile other) => JsonNode.DeepEquals(_root, other._root);

    private static SessionScriptsText Decode(string path, byte[] content)
    {
        try
        {
            return SessionScriptsText.Decode(content);
        }
        catch (DecoderFallbackException e)
        {
            throw Refuse(path, "is neither UTF-8 nor UTF-16 with a byte order mark", e);
        }
    }

    private static bool FindComments(string text)
    {
        var reader = new Utf8JsonReader(
            Encoding.UTF8.GetBytes(text), new JsonReaderOptions { CommentHandling = JsonCommentHandling.Allow, AllowTrailingCommas = true });
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.Comment)
            {
                return true;
            }
        }

        return false;
    }

    private static bool? FindCase(JsonNode? node) => node switch
    {
        JsonObject group => group
            .Select(entry => Array.Exists(InnerNames, name => name.Equals(entry.Key, StringComparison.OrdinalIgnoreCase))
                ? char.IsAsciiLetterUpper(entry.Key[0])
                : FindCase(entry.Value))
            .FirstOrDefault(found => found is not null),
        JsonArray list => list.Select(FindCase).FirstOrDefault(found => found is not null),
        _ => null,
    };

    private static KeyValuePair<string, JsonNode?>? Find(JsonObject group, string name)
    {
        foreach (var entry in group)
        {
            if (entry.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return entry;
            }
        }

        return null;
    }

    private JsonObject ObjectAt(JsonObject group, string name, string what)
    {
        if (Find(group, name) is { Value: { } value })
        {
            return value as JsonObject ?? throw Refuse(_path, $"has something else than an object at {what}");
        }

        var made = new JsonObject();
        group[Find(group, name)?.Key ?? name] = made;
        return made;
    }

    private JsonArray ListAt(JsonObject scripts, string what)
    {
        if (Find(scripts, "executables") is { Value: { } value })
        {
            return value as JsonArray ?? throw Refuse(_path, $"has something else than a list at {what}, executables");
        }

        var made = new JsonArray();
        Set(scripts, "executables", made);
        return made;
    }

    private IEnumerable<JsonObject> ScriptsIn(JsonArray list, string what) => list.Select(entry =>
        entry as JsonObject ?? throw Refuse(_path, $"has something else than an object in the list at {what}, executables"));

    private static bool IsSystem(JsonObject entry) =>
        TextAt(entry, "context")?.Trim().Equals(SystemContext, StringComparison.OrdinalIgnoreCase) == true;

    private static string? FileNameOf(JsonObject entry) => TextAt(entry, "filename")?.Trim();

    private static string? TextAt(JsonObject entry, string name) =>
        Find(entry, name) is { Value: JsonValue value } && value.TryGetValue<string>(out var text) ? text : null;

    private static JsonObject Append(JsonArray list)
    {
        var made = new JsonObject();
        list.Add(made);
        return made;
    }

    private static bool RemoveOwn(JsonArray list)
    {
        var own = list.Where(entry => entry is JsonObject script && FileNameOf(script) is { } name && SessionScriptEntry.IsOurs(name));
        return own.ToArray().Aggregate(false, (_, entry) => list.Remove(entry));
    }

    private void Set(JsonObject group, string name, JsonNode value) =>
        group[Find(group, name)?.Key ?? (_isPascal ? char.ToUpperInvariant(name[0]) + name[1..] : name)] = value;

    private static InstallException Refuse(string path, string problem, Exception? cause = null) =>
        new($"{path} {problem}", "correct the file, or move it away, and run the same command again; it was left as it is", cause);
}
