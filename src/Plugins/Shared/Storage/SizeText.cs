using System.Globalization;

namespace SessionRecorder.Plugins;

/// <summary>An amount of bytes as people write it: <c>64MB</c> (1000s), <c>64MiB</c> (1024s), <c>4096</c>.</summary>
internal static class SizeText
{
    private static readonly (string Suffix, long Unit)[] Units =
    [
        ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1), ("", 1),
    ];

    public static bool TryParse(string text, out long bytes)
    {
        var trimmed = text.AsSpan().Trim();
        foreach (var (suffix, unit) in Units)
        {
            if (trimmed.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                var isNumber = double.TryParse(
                    trimmed[..^suffix.Length].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count);
                bytes = isNumber && count * unit < long.MaxValue ? (long)(count * unit) : 0;
                return bytes > 0;
            }
        }

        bytes = 0;
        return false;
    }
}
