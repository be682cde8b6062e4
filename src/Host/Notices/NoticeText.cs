using System.Text.RegularExpressions;

namespace SessionRecorder.Host.Notices;

/// <summary>A notice's text with its placeholders: <c>{user}</c> and <c>{host}</c>.</summary>
internal static partial class NoticeText
{
    /// <summary>What a user's name may add; the plugins promise to show texts of a bounded length.</summary>
    private const int LongestName = 100;

    private const int LongestText = 1000;

    /// <summary>A placeholder that means nothing; null where there is none.</summary>
    public static string? FindUnknown(string text) =>
        Placeholder().Matches(text).Select(match => match.Value).FirstOrDefault(name => name is not ("{user}" or "{host}"));

    /// <summary>The text for one session. What is put in is taken as it is: a name with braces is a name.</summary>
    public static string For(UserSession session, string text)
    {
        var filled = Placeholder().Replace(text, match => match.Value switch
        {
            "{user}" => Clean(session.User),
            "{host}" => Clean(session.Host),
            _ => match.Value,
        });
        return filled.Length <= LongestText ? filled : filled[..LongestText];
    }

    private static string Clean(string name) =>
        string.Concat(name.Where(character => !char.IsControl(character)).Take(LongestName));

    [GeneratedRegex(@"\{[^{}]*\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
