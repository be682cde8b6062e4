using System.Text;

namespace SessionRecorder;

/// <summary>The rules for keys, the same for every sink.</summary>
/// <remarks>
/// A key has one or more parts with <c>/</c> between them. A part holds letters, digits and <c>! - _ . ' ( ) = @ , +
/// space %</c>, is not <c>.</c> or <c>..</c>, and neither begins nor ends with a space or ends with a dot, so that it
/// is also a safe file name on every system. 1024 characters at most, as in S3. Thread-safe.
/// </remarks>
public static class StorageKey
{
    /// <summary>The longest key allowed, in characters.</summary>
    public const int MaxLength = 1024;

    private const string AllowedPunctuation = "!-_.'()=@,+ %";

    /// <summary>Whether a key keeps the rules.</summary>
    /// <param name="key">The key.</param>
    /// <returns>True when every sink can hold it.</returns>
    public static bool IsValid(string? key) =>
        !string.IsNullOrEmpty(key) && key.Length <= MaxLength && key.Split('/').All(IsValidPart);

    /// <summary>Checks a key.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="StorageException"><see cref="StorageFailure.Invalid"/>, permanent: the key breaks the rules.</exception>
    public static void ThrowIfInvalid(string? key)
    {
        if (!IsValid(key))
        {
            throw new StorageException(
                $"the key '{key}' is not one that storage can hold", StorageFailure.Invalid, isTransient: false, key ?? "");
        }
    }

    /// <summary>Makes one part of a key from any text, reversibly: what is not allowed is percent-encoded as UTF-8.</summary>
    /// <param name="text">Any well-formed text: a user's name with slashes, <c>..</c> or any Unicode.</param>
    /// <returns>The part; <c>%</c> alone for an empty text. Two different texts never give the same part.</returns>
    public static string EncodePart(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0)
        {
            return "%";
        }

        var part = new StringBuilder(text.Length);
        Span<byte> utf8 = stackalloc byte[4];
        var runes = text.EnumerateRunes().ToArray();
        for (var i = 0; i < runes.Length; i++)
        {
            var rune = runes[i];
            var atEdge = i == 0 || i == runes.Length - 1;
            if (rune.Value != '%' && IsAllowed(rune) && !(atEdge && rune.Value is ' ' or '.'))
            {
                part.Append(rune);
                continue;
            }

            foreach (var octet in utf8[..rune.EncodeToUtf8(utf8)])
            {
                part.Append('%').Append(octet.ToString("X2"));
            }
        }

        return part.ToString();
    }

    private static bool IsValidPart(string part) =>
        part.Length > 0
        && part is not ("." or "..")
        && part[0] != ' '
        && part[^1] is not (' ' or '.')
        && part.EnumerateRunes().All(IsAllowed);

    private static bool IsAllowed(Rune rune) =>
        rune.IsAscii
        && (char.IsAsciiLetterOrDigit((char)rune.Value) || AllowedPunctuation.Contains((char)rune.Value));
}
