namespace SessionRecorder.Host.Commands;

/// <summary>The program's output streams, and whether somebody watches.</summary>
/// <param name="Out">Standard output: results.</param>
/// <param name="Error">Standard error: errors, warnings, log lines.</param>
/// <param name="IsTerminal">Whether <paramref name="Out"/> is a terminal rather than a file or a pipe.</param>
internal sealed record CommandConsole(TextWriter Out, TextWriter Error, bool IsTerminal)
{
    public static CommandConsole System() => new(Console.Out, Console.Error, !Console.IsOutputRedirected);
}
