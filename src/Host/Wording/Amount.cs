using System.Globalization;

namespace SessionRecorder.Host.Wording;

/// <summary>Counts and sizes as people read them, the same in every message. Thread-safe.</summary>
internal static class Amount
{
    private static readonly string[] Units = ["kB", "MB", "GB", "TB"];

    /// <summary><c>1 segment</c>, <c>2 segments</c>.</summary>
    /// <param name="count">How many.</param>
    /// <param name="what">One of them; its plural ends with an s.</param>
    public static string Count(long count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    /// <summary>A size with one decimal at most, in decimal units: <c>85 B</c>, <c>12.3 kB</c>, <c>1.4 GB</c>.</summary>
    /// <param name="bytes">Zero or more.</param>
    public static string Size(long bytes)
    {
        if (bytes < 1000)
        {
            return $"{bytes} B";
        }

        var size = bytes / 1e3;
        var unit = 0;

        // What rounds to 1000 is one of the next unit.
        for (; size >= 999.95 && unit < Units.Length - 1; unit++)
        {
            size /= 1000;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{size:0.#} {Units[unit]}");
    }
}
