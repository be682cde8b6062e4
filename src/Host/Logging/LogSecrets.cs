using System.Collections;
using Microsoft.Extensions.Configuration;
using SessionRecorder.Host.Configuration;

namespace SessionRecorder.Host.Logging;

/// <summary>Hides in log lines what this process was given as secret. Immutable, thread-safe.</summary>
/// <remarks>
/// Nothing logs a secret on purpose, and a session's log is stored where others read it: this is for what a library puts into
/// an error's text. Hidden are the values of the configuration and the environment whose names say that they are secret,
/// passwords and signatures in addresses and connection strings, and signatures in any address at all.
/// </remarks>
internal sealed class LogSecrets
{
    /// <summary>Shorter values are words that lines hold anyway.</summary>
    private const int ShortestSecret = 6;

    private static readonly string[] Signatures = ["sig=", "X-Amz-Signature=", "X-Amz-Security-Token=", "X-Amz-Credential=", "AccountKey="];

    private static readonly char[] SignatureEnds = ['&', ' ', '"', '\'', ';', ',', '\r', '\n', '<', '>', ')'];

    private readonly string[] _secrets;

    private LogSecrets(IEnumerable<string> secrets) =>
        // The longer first, for one may be a part of another.
        _secrets = [.. secrets.Where(secret => secret.Length >= ShortestSecret).Distinct().OrderByDescending(secret => secret.Length)];

    /// <summary>What a configuration and this process's environment hold.</summary>
    public static LogSecrets Of(IConfiguration configuration) => new(
    [
        .. configuration.AsEnumerable().SelectMany(pair => PartsOf(pair.Key, pair.Value)),
        .. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().SelectMany(pair => PartsOf((string)pair.Key, (string?)pair.Value)),
    ]);

    /// <summary>The text without secrets.</summary>
    public string Hide(string text)
    {
        foreach (var secret in _secrets)
        {
            text = text.Replace(secret, SecretKeys.Hidden, StringComparison.Ordinal);
        }

        foreach (var signature in Signatures)
        {
            text = HideAfter(text, signature);
        }

        return text;
    }

    private static string HideAfter(string text, string mark)
    {
        for (var at = 0; (at = text.IndexOf(mark, at, StringComparison.OrdinalIgnoreCase)) >= 0;)
        {
            at += mark.Length;
            var end = text.IndexOfAny(SignatureEnds, at);
            text = string.Concat(text.AsSpan(0, at), SecretKeys.Hidden, end < 0 ? "" : text.AsSpan(end));
            at += SecretKeys.Hidden.Length;
        }

        return text;
    }

    private static IEnumerable<string> PartsOf(string key, string? value)
    {
        if (value is null)
        {
            return [];
        }

        // A setting in an environment variable has its key behind the prefix, with other separators.
        var isSecret = SecretKeys.IsSecret(key.Replace("__", ":", StringComparison.Ordinal));
        return [.. isSecret ? [value, .. ConnectionParts(value)] : (string[])[], .. PasswordsOf(value)];
    }

    /// <summary><c>Name=value;Name=value</c>: what errors quote is a part.</summary>
    private static IEnumerable<string> ConnectionParts(string value) => value
        .Split(';')
        .Where(part => part.Contains('=', StringComparison.Ordinal) && SecretKeys.IsSecret(part[..part.IndexOf('=', StringComparison.Ordinal)]))
        .Select(part => part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..]);

    /// <summary><c>http://user:password@proxy:3128</c>, as it stands and as it is sent.</summary>
    private static IEnumerable<string> PasswordsOf(string value)
    {
        var scheme = value.IndexOf("://", StringComparison.Ordinal);
        var at = scheme < 0 ? -1 : value.LastIndexOf('@');
        var colon = at < 0 ? -1 : value.IndexOf(':', scheme + 3, Math.Max(0, at - scheme - 3));
        if (colon < 0)
        {
            return [];
        }

        var password = value[(colon + 1)..at];
        return [password, Uri.UnescapeDataString(password)];
    }
}
