using System.Buffers;
using System.Globalization;
using System.Text;

namespace SessionRecorder.Host.Configuration;

/// <summary>Durations as people write them, the same in the configuration and on the command line.</summary>
/// <remarks>
/// <c>500ms</c>, <c>15s</c>, <c>1m30s</c>, <c>1h</c>, <c>2d</c>, larger units first; or <c>00:01:30</c>, with days
/// (<c>1.00:00:00</c>) and fractions (<c>00:00:00.5</c>). A number without a unit is refused: nobody can tell whether
/// it means seconds. Negative durations are refused.
/// </remarks>
internal static class Duration
{
    /// <summary>What is allowed, for error messages.</summary>
    public const string Notation = "a duration such as 500ms, 15s, 1m30s, 1h or 00:01:30";

    private static readonly (string Suffix, TimeSpan Unit)[] Units =
    [
        ("d", TimeSpan.FromDays(1)),
        ("h", TimeSpan.FromHours(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("ms", TimeSpan.FromMilliseconds(1)),
    ];

    private static readonly string[] ClockFormats =
        [@"hh\:mm\:ss", @"hh\:mm\:ss\.FFFFFFF", @"d\.hh\:mm\:ss", @"d\.hh\:mm\:ss\.FFFFFFF"];

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan().Trim();
        if (rest.IsEmpty)
        {
            return false;
        }

        if (rest.Contains(':'))
        {
            return TimeSpan.TryParseExact(rest, ClockFormats, CultureInfo.InvariantCulture, out duration);
        }

        var smallestUnit = -1;
        while (!rest.IsEmpty)
        {
            if (!TryTakePart(ref rest, smallestUnit, out var part, out smallestUnit) || part > TimeSpan.MaxValue - duration)
            {
                duration = TimeSpan.Zero;
                return false;
            }

            duration += part;
        }

        return true;
    }

    /// <summary>Writes a duration in the notation that <see cref="TryParse"/> reads.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration < TimeSpan.Zero)
        {
            return "-" + Format(duration.Negate());
        }

        var text = new StringBuilder();
        var rest = duration;
        foreach (var (suffix, unit) in Units)
        {
            var count = rest.Ticks / unit.Ticks;
            if (count > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{count}{suffix}");
                rest -= unit * count;
            }
        }

        return text.Length > 0 ? text.ToString() : "0s";
    }

    private static bool TryTakePart(ref ReadOnlySpan<char> rest, int smallestUnit, out TimeSpan part, out int unit)
    {
        part = TimeSpan.Zero;
        unit = -1;
        var digits = rest.IndexOfAnyExcept(NumberCharacters);
        if (digits <= 0
            || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        rest = rest[digits..];
        var letters = rest.IndexOfAny(NumberCharacters);
        var suffix = rest[..(letters < 0 ? rest.Length : letters)].ToString();
        unit = Array.FindIndex(Units, u => u.Suffix == suffix);
        if (unit <= smallestUnit || number * Units[unit].Unit.Ticks >= TimeSpan.MaxValue.Ticks)
        {
            return false;
        }

        rest = rest[suffix.Length..];
        part = TimeSpan.FromTicks((long)Math.Round(number * Units[unit].Unit.Ticks));
        return true;
    }
}
