using System.Text;

namespace SessionRecorder.Host.Notices;

/// <summary>A notice's text with its placeholders: <c>{user}</c> and <c>{host}</c>.</summary>
internal static class NoticeText
{
    /// <summary>What a user's name may add; the plugins promise to show texts of a bounded length.</summary>
    private const int LongestName = 100;

    private const int LongestText = 1000;

    /// <summary>A placeholder that means nothing; null where there is none.</summary>
    public static string? FindUnknown(string text)
    {
        for (var rest = text.AsSpan(); TryFind(rest, out var place); rest = rest[place.End..])
        {
            if (rest[place] is not ("{user}" or "{host}"))
            {
                return rest[place].ToString();
            }
        }

        return null;
    }

    /// <summary>The text for one session. What is put in is taken as it is: a name with braces is a name.</summary>
    public static string For(UserSession session, string text)
    {
        var filled = new StringBuilder();
        var rest = text.AsSpan();
        for (; TryFind(rest, out var place); rest = rest[place.End..])
        {
            filled.Append(rest[..place.Start]);
            switch (rest[place])
            {
                case "{user}":
                    filled.Append(Clean(session.User));
                    break;
                case "{host}":
                    filled.Append(Clean(session.Host));
                    break;
                default:
                    filled.Append(rest[place]);
                    break;
            }
        }

        filled.Append(rest);
        return filled.ToString(0, Math.Min(filled.Length, LongestText));
    }

    /// <summary>
    /// The first pair of braces without a brace between them. By hand: every agent checks its configuration, and would have a
    /// megabyte of regular expressions loaded for as long as it records.
    /// </summary>
    private static bool TryFind(ReadOnlySpan<char> text, out Range place)
    {
        for (var open = text.IndexOf('{'); open >= 0;)
        {
            var next = text[(open + 1)..].IndexOfAny('{', '}');
            if (next < 0)
            {
                break;
            }

            var at = open + 1 + next;
            if (text[at] == '}')
            {
                place = open..(at + 1);
                return true;
            }

            open = at;
        }

        place = default;
        return false;
    }

    private static string Clean(string name) =>
        string.Concat(name.Where(character => !char.IsControl(character)).Take(LongestName));
}
