using System.Text;

namespace SessionRecorder.Host.Processes.Windows;

/// <summary>Writes arguments as the one string that a Windows process gets.</summary>
/// <remarks>
/// The rules are those of the Microsoft C runtime and of CommandLineToArgvW: backslashes are plain unless a quotation mark
/// follows, and before one each counts half.
/// </remarks>
internal static class CommandLineText
{
    /// <summary>Joins a program and its arguments so that the program gets exactly these.</summary>
    public static string Of(string fileName, IEnumerable<string> arguments)
    {
        // A path holds no quotation mark, and backslashes are plain in the first argument.
        var text = new StringBuilder().Append('"').Append(fileName).Append('"');
        foreach (var argument in arguments)
        {
            text.Append(' ');
            Append(text, argument);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string argument)
    {
        if (argument.Length > 0 && !argument.Any(c => char.IsWhiteSpace(c) || c == '"'))
        {
            text.Append(argument);
            return;
        }

        text.Append('"');
        var backslashes = 0;
        foreach (var c in argument)
        {
            if (c == '"')
            {
                text.Append('\\', backslashes + 1);
            }

            backslashes = c == '\\' ? backslashes + 1 : 0;
            text.Append(c);
        }

        text.Append('\\', backslashes).Append('"');
    }
}
