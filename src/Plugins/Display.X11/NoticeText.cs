using System.Text;

namespace SessionRecorder.Plugins;

/// <summary>A notice's text as lines that fit.</summary>
internal static class NoticeText
{
    private const char Missing = '?';

    /// <summary>Breaks a text at its line feeds and at spaces; a word that is longer than a line is broken.</summary>
    /// <param name="text">The text.</param>
    /// <param name="columns">The longest line; at least 1.</param>
    public static IReadOnlyList<string> Wrap(string text, int columns)
    {
        List<string> lines = [];
        foreach (var paragraph in text.Split('\n'))
        {
            var line = new StringBuilder();
            foreach (var word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(word => word.Chunk(columns)))
            {
                if (line.Length > 0 && line.Length + 1 + word.Length > columns)
                {
                    lines.Add(line.ToString());
                    line.Clear();
                }

                line.Append(line.Length > 0 ? " " : "").Append(word);
            }

            lines.Add(line.ToString());
        }

        return lines;
    }

    /// <summary>The text in characters that a font has, a question mark for each that it lacks.</summary>
    /// <param name="text">The text.</param>
    /// <param name="has">Whether the font has a character.</param>
    /// <returns>The text; null where most of it could not be read.</returns>
    public static string? Write(string text, Func<char, bool> has)
    {
        var (written, letters, missing) = (new StringBuilder(), 0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '\n' or ' ')
            {
                written.Append((char)rune.Value);
                continue;
            }

            letters++;
            var isThere = rune.IsBmp && has((char)rune.Value);
            missing += isThere ? 0 : 1;
            written.Append(isThere ? (char)rune.Value : Missing);
        }

        return missing * 2 > letters ? null : written.ToString();
    }
}
