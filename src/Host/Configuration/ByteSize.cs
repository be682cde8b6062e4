using System.Buffers;
using System.Globalization;

namespace SessionRecorder.Host.Configuration;

/// <summary>An amount of bytes as people write it: <c>64MB</c> (1000s), <c>64MiB</c> (1024s), <c>4096</c>.</summary>
/// <param name="Bytes">The amount; zero or more.</param>
internal readonly record struct ByteSize(long Bytes)
{
    /// <summary>What is allowed, for error messages.</summary>
    public const string Notation = "a size such as 64MB, 512KiB, 2GB or 4096 (bytes)";

    private static readonly (string Suffix, long Unit)[] Units =
    [
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000),
        ("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10),
        ("B", 1),
    ];

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    public static ByteSize FromMegabytes(long megabytes) => new(megabytes * 1_000_000);

    public static bool TryParse(string? text, out ByteSize size)
    {
        size = default;
        var trimmed = text.AsSpan().Trim();
        var digits = trimmed.IndexOfAnyExcept(NumberCharacters);
        var number = digits < 0 ? trimmed : trimmed[..digits];
        var suffix = digits < 0 ? "B" : trimmed[digits..].Trim().ToString();
        var unit = Array.Find(Units, u => u.Suffix.Equals(suffix, StringComparison.OrdinalIgnoreCase)).Unit;
        if (unit == 0
            || !double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            || count * unit >= long.MaxValue)
        {
            return false;
        }

        size = new ByteSize((long)(count * unit));
        return true;
    }

    /// <summary>The largest decimal unit of which it is a whole number: <c>64MB</c>.</summary>
    public override string ToString()
    {
        var bytes = Bytes;
        var (suffix, unit) = Array.Find(Units, u => bytes >= u.Unit && bytes % u.Unit == 0);
        return unit == 0 ? "0B" : string.Create(CultureInfo.InvariantCulture, $"{bytes / unit}{suffix}");
    }
}
