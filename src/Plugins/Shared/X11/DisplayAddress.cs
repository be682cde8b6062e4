using System.Globalization;

namespace SessionRecorder.Plugins;

/// <summary>Where an X server listens, as a <c>DISPLAY</c> variable says it: <c>[host]:number[.screen]</c>.</summary>
/// <param name="Text">The variable's value.</param>
/// <param name="Host">The machine to reach over TCP; null for a server on this machine.</param>
/// <param name="Number">The display's number.</param>
/// <param name="Screen">The screen's number within the display.</param>
internal sealed record DisplayAddress(string Text, string? Host, int Number, int Screen)
{
    /// <summary>Where libxcb, and so every X program, looks for the socket of a local display.</summary>
    public string SocketPath => $"/tmp/.X11-unix/X{Number}";

    /// <summary>Reads a <c>DISPLAY</c> variable.</summary>
    /// <exception cref="DisplayException">Permanent: it is not of that form.</exception>
    public static DisplayAddress Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        var numbers = text[(colon + 1)..].Split('.');
        if (colon < 0
            || numbers.Length > 2
            || !TryParseNumber(numbers[0], out var number)
            || !TryParseNumber(numbers.Length == 2 ? numbers[1] : "0", out var screen))
        {
            throw new DisplayException(
                $"'{text}' is not an X display",
                FailureScope.Session,
                isTransient: false,
                "Set DISPLAY to [host]:number[.screen], such as ':0'.");
        }

        var host = text[..colon];
        return new DisplayAddress(text, host is "" or "unix" ? null : host.Trim('[', ']'), number, screen);
    }

    private static bool TryParseNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= 59535;
}
