namespace SessionRecorder.Plugins;

/// <summary>Takes the command of a <c>credential_process</c> apart.</summary>
internal static class CommandText
{
    /// <summary>The program and its arguments: blanks part them, double quotes hold them together.</summary>
    /// <remarks>A path with blanks that nobody quoted is still found where the file is there.</remarks>
    /// <exception cref="IOException">The program is not an absolute path.</exception>
    public static (string Program, string[] Arguments) Split(string command)
    {
        var words = Words(command);
        for (var count = 1; count <= words.Count; count++)
        {
            var program = string.Join(' ', words[..count]);
            if (Path.IsPathFullyQualified(program) && File.Exists(program))
            {
                return (program, [.. words[count..]]);
            }
        }

        throw new IOException(
            $"the program '{(words.Count > 0 ? words[0] : "")}' of its credential_process does not exist, or is not an absolute path");
    }

    private static List<string> Words(string command)
    {
        List<string> words = [];
        var word = new System.Text.StringBuilder();
        bool isQuoted = false, hasWord = false;
        foreach (var c in command)
        {
            if (c == '"')
            {
                isQuoted = !isQuoted;
                hasWord = true;
            }
            else if (char.IsWhiteSpace(c) && !isQuoted)
            {
                Add();
            }
            else
            {
                word.Append(c);
                hasWord = true;
            }
        }

        Add();
        return words;

        void Add()
        {
            if (hasWord)
            {
                words.Add(word.ToString());
                word.Clear();
                hasWord = false;
            }
        }
    }
}
