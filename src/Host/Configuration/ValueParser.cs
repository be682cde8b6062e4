using System.Globalization;

namespace SessionRecorder.Host.Configuration;

/// <summary>Turns the text of a single value into the type that an options class asks for.</summary>
internal static class ValueParser
{
    private delegate bool Parser(string text, out object? value);

    private static readonly Dictionary<Type, (Parser Parse, string Allowed)> Parsers = new()
    {
        [typeof(string)] = (ParseString, "a text"),
        [typeof(bool)] = (ParseBool, "true or false"),
        [typeof(int)] = (ParseInt, "a whole number"),
        [typeof(long)] = (ParseLong, "a whole number"),
        [typeof(double)] = (ParseDouble, "a number"),
        [typeof(TimeSpan)] = (ParseDuration, Duration.Notation),
        [typeof(ByteSize)] = (ParseSize, ByteSize.Notation),
        [typeof(Uri)] = (ParseUri, "an absolute address such as https://host/path"),
    };

    /// <summary>Whether a type is written as one value, rather than as a group or a list.</summary>
    public static bool IsSingleValue(Type type)
    {
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        return bare.IsEnum || Parsers.ContainsKey(bare);
    }

    /// <summary>What may be written for a type: <c>a whole number</c>, <c>one of allow, logoff</c>.</summary>
    public static string DescribeAllowed(Type type)
    {
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        return bare.IsEnum
            ? $"one of {string.Join(", ", Enum.GetNames(bare).Select(ToKebab))}"
            : Parsers[bare].Allowed;
    }

    public static bool TryParse(Type type, string text, out object? value)
    {
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        return bare.IsEnum ? ParseEnum(bare, text, out value) : Parsers[bare].Parse(text, out value);
    }

    /// <summary>A value as it would be written in the configuration.</summary>
    public static string Format(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        TimeSpan duration => Duration.Format(duration),
        Enum choice => ToKebab(choice.ToString()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string ToKebab(string name) => string.Concat(
        name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));

    private static bool ParseEnum(Type type, string text, out object? value)
    {
        var wanted = text.Trim().Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        var name = Array.Find(Enum.GetNames(type), n => n.Equals(wanted, StringComparison.OrdinalIgnoreCase));
        value = name is null ? null : Enum.Parse(type, name);
        return name is not null;
    }

    private static bool ParseString(string text, out object? value)
    {
        value = text;
        return true;
    }

    private static bool ParseBool(string text, out object? value)
    {
        var parsed = bool.TryParse(text, out var flag);
        value = flag;
        return parsed;
    }

    private static bool ParseInt(string text, out object? value)
    {
        var parsed = int.TryParse(text, WholeNumber, CultureInfo.InvariantCulture, out var number);
        value = number;
        return parsed;
    }

    private static bool ParseLong(string text, out object? value)
    {
        var parsed = long.TryParse(text, WholeNumber, CultureInfo.InvariantCulture, out var number);
        value = number;
        return parsed;
    }

    private static bool ParseDouble(string text, out object? value)
    {
        var parsed = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number);
        value = number;
        return parsed && double.IsFinite(number);
    }

    private static bool ParseDuration(string text, out object? value)
    {
        var parsed = Duration.TryParse(text, out var duration);
        value = duration;
        return parsed;
    }

    private static bool ParseSize(string text, out object? value)
    {
        var parsed = ByteSize.TryParse(text, out var size);
        value = size;
        return parsed;
    }

    private static bool ParseUri(string text, out object? value)
    {
        // On Unix "/path" counts as an absolute file address; here an address names its scheme.
        var parsed = Uri.TryCreate(text, UriKind.Absolute, out var address) && text.Contains(':', StringComparison.Ordinal);
        value = address;
        return parsed;
    }

    private const NumberStyles WholeNumber =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
}
