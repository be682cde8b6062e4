namespace SessionRecorder.Host.Configuration;

/// <summary>Decides what of a configured value may be shown in messages.</summary>
internal static class SecretKeys
{
    /// <summary>What is shown in place of a secret.</summary>
    public const string Hidden = "(hidden)";

    private const int LongestShown = 100;

    private static readonly string[] Marks = ["key", "secret", "password", "token", "sas", "connectionstring"];

    /// <summary>The value as it may be shown: hidden where it may be a secret, else on one line and not too long.</summary>
    /// <param name="key">The key's full path.</param>
    /// <param name="value">The value as given.</param>
    public static string Show(string key, string value)
    {
        if (IsSecret(key) || HoldsCredentials(value))
        {
            return Hidden;
        }

        var line = string.Create(value.Length, value, static (span, text) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(text[i]) ? ' ' : text[i];
            }
        });
        return line.Length <= LongestShown ? line : string.Concat(line.AsSpan(0, LongestShown), "…");
    }

    /// <summary>Whether what stands under a key is to be treated as a secret.</summary>
    public static bool IsSecret(string key)
    {
        var parts = key.Split(':');
        for (var i = 0; i < parts.Length; i++)
        {
            // A sink's name is the operator's choice and says nothing about what stands in it.
            var isSinkName = i == 1 && parts[0].Equals(nameof(RecorderOptions.Storage), StringComparison.OrdinalIgnoreCase);
            var isPrefix = parts[i].Equals(nameof(RecorderOptions.KeyPrefix), StringComparison.OrdinalIgnoreCase);
            if (!isSinkName && !isPrefix && Marks.Any(m => parts[i].Contains(m, StringComparison.OrdinalIgnoreCase)))
            {
                return true;
            }
        }

        return false;
    }

    // https://user:password@host, https://account.blob…/container?sig=…
    private static bool HoldsCredentials(string value)
    {
        var scheme = value.IndexOf("://", StringComparison.Ordinal);
        return scheme > 0 && value.AsSpan(scheme).ContainsAny('@', '?');
    }
}
