using System.Text;

namespace SessionRecorder.Plugins;

/// <summary>
/// Takes the plain assignments of known names from a shell script: <c>export NAME="value"</c>. Nothing is run or expanded.
/// </summary>
/// <remarks>
/// A value that only a shell could tell (<c>$…</c>, a command in backticks) counts as unknown, and so does one with control
/// characters. Later assignments win, also with an unknown value.
/// </remarks>
internal sealed class ProfileScript
{
    private const int MostCharacters = 4096;

    private static readonly HashSet<string> Declaring = new(StringComparer.Ordinal) { "export", "readonly", "declare", "typeset", "local" };

    private readonly string _text;
    private readonly IReadOnlyCollection<string> _names;
    private readonly Dictionary<string, string> _found = [];
    private readonly List<Word> _command = [];
    private readonly StringBuilder _value = new();
    private int _at;

    private ProfileScript(string text, IReadOnlyCollection<string> names) => (_text, _names) = (text, names);

    /// <summary>Reads a script.</summary>
    /// <param name="text">Its text, with or without a byte order mark, lines ending as they may.</param>
    /// <param name="names">The names to take.</param>
    public static Dictionary<string, string> Parse(string text, IReadOnlyCollection<string> names)
    {
        var script = new ProfileScript(text.TrimStart('\uFEFF').ReplaceLineEndings("\n"), names);
        script.ReadAll();
        return script._found;
    }

    private void ReadAll()
    {
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c is '\n' or ';')
            {
                _at++;
                EndCommand(isWhole: true);
            }
            else if (c is '&' or '|' or '<' or '>' or '(' or ')')
            {
                // A pipe, a redirection, a subshell: whatever is assigned there, it is nothing plain.
                _at++;
                EndCommand(isWhole: false);
            }
            else if (c == '#')
            {
                var end = _text.IndexOf('\n', _at);
                _at = end < 0 ? _text.Length : end;
            }
            else if (c is ' ' or '\t')
            {
                _at++;
            }
            else
            {
                _command.Add(ReadWord());
            }
        }

        EndCommand(isWhole: true);
    }

    /// <summary>Reads one word, its quotes removed.</summary>
    private Word ReadWord()
    {
        var start = _at;
        var isPlain = true;
        _value.Clear();
        while (_at < _text.Length && !(_text[_at] is ' ' or '\t' or '\n' or ';' or '&' or '|' or '<' or '>' or '(' or ')'))
        {
            switch (_text[_at])
            {
                case '\'':
                    isPlain &= ReadSingleQuoted();
                    break;
                case '"':
                    isPlain &= ReadDoubleQuoted();
                    break;
                case '\\':
                    ReadEscaped(inQuotes: false);
                    break;
                case '$' or '`':
                    isPlain = false;
                    SkipExpansion();
                    break;
                default:
                    _value.Append(_text[_at++]);
                    break;
            }
        }

        return new Word(_text[start..Math.Min(_at, _text.Length)], _value.ToString(), isPlain);
    }

    private bool ReadSingleQuoted()
    {
        var end = _text.IndexOf('\'', _at + 1);
        _value.Append(_text.AsSpan(_at + 1, (end < 0 ? _text.Length : end) - _at - 1));
        _at = end < 0 ? _text.Length : end + 1;
        return end >= 0;
    }

    private bool ReadDoubleQuoted()
    {
        var isPlain = true;
        _at++;
        while (_at < _text.Length && _text[_at] != '"')
        {
            if (_text[_at] == '\\')
            {
                ReadEscaped(inQuotes: true);
            }
            else if (_text[_at] is '$' or '`')
            {
                isPlain = false;
                SkipExpansion();
            }
            else
            {
                _value.Append(_text[_at++]);
            }
        }

        var isClosed = _at < _text.Length;
        _at = Math.Min(_at + 1, _text.Length);
        return isPlain && isClosed;
    }

    private void ReadEscaped(bool inQuotes)
    {
        _at++;
        if (_at >= _text.Length)
        {
            return;
        }

        var c = _text[_at++];
        if (c == '\n')
        {
            return;
        }

        if (inQuotes && c is not ('"' or '\\' or '$' or '`'))
        {
            _value.Append('\\');
        }

        _value.Append(c);
    }

    /// <summary>Passes over <c>$(…)</c>, <c>${…}</c> and backticks, so that nothing within looks like an assignment.</summary>
    private void SkipExpansion()
    {
        if (_text[_at] == '`')
        {
            var end = _text.IndexOf('`', _at + 1);
            _at = end < 0 ? _text.Length : end + 1;
            return;
        }

        _at++;
        if (_at >= _text.Length || _text[_at] is not ('(' or '{'))
        {
            return;
        }

        var (open, close) = _text[_at] == '(' ? ('(', ')') : ('{', '}');
        for (var depth = 0; _at < _text.Length; _at++)
        {
            depth += _text[_at] == open ? 1 : _text[_at] == close ? -1 : 0;
            if (depth == 0)
            {
                _at++;
                return;
            }
        }
    }

    private void EndCommand(bool isWhole)
    {
        var words = _command.ToArray();
        _command.Clear();
        var declares = words is [{ IsPlain: true } first, ..] && Declaring.Contains(first.Value);

        // `NAME=value command` assigns for that command alone.
        var assigns = declares || words.All(word => NameOf(word) is not null);
        foreach (var word in assigns ? words.Skip(declares ? 1 : 0) : [])
        {
            if (NameOf(word) is { } name && _names.Contains(name))
            {
                Take(name, word, isWhole);
            }
        }
    }

    private void Take(string name, Word word, bool isWhole)
    {
        var value = word.Value[Math.Min(name.Length + 1, word.Value.Length)..];
        _found.Remove(name);
        if (isWhole && word.IsPlain && value.Length is > 0 and <= MostCharacters && !value.Any(char.IsControl))
        {
            _found[name] = value;
        }
    }

    private static string? NameOf(Word word)
    {
        var equals = word.Raw.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && word.Raw.AsSpan(0, equals).IndexOfAnyExcept(NameCharacters) < 0 ? word.Raw[..equals] : null;
    }

    private static readonly System.Buffers.SearchValues<char> NameCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private sealed record Word(string Raw, string Value, bool IsPlain);
}
