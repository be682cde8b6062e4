using System.Text.RegularExpressions;

namespace SessionRecorder.Plugins;

/// <summary>The form of a <c>DISPLAY</c> variable.</summary>
internal static partial class XDisplay
{
    public const string Pattern = @"^[A-Za-z0-9._\-\[\]:]*:[0-9]{1,5}(\.[0-9]{1,3})?$";

    public static bool IsValid(string text) => Form().IsMatch(text);

    /// <summary>One name for one screen: <c>:0.0</c> is <c>:0</c>.</summary>
    public static string Normalise(string display) =>
        display.EndsWith(".0", StringComparison.Ordinal) ? display[..^2] : display;

    [GeneratedRegex(Pattern, RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
