using System.IO.Enumeration;

namespace SessionRecorder.Host.Policy;

/// <summary>Compares account names with patterns as <see cref="PolicyOptions"/> describes them.</summary>
internal static class NamePattern
{
    /// <summary>The first pattern that a name matches, or null.</summary>
    /// <param name="patterns">The patterns.</param>
    /// <param name="name">The name without a domain.</param>
    /// <param name="domain">The domain, or null.</param>
    public static string? FirstMatch(IEnumerable<string> patterns, string name, string? domain) =>
        patterns.FirstOrDefault(pattern => Matches(pattern, name, domain));

    private static bool Matches(string pattern, string name, string? domain)
    {
        var separator = pattern.IndexOf('\\', StringComparison.Ordinal);
        return separator < 0
            ? MatchesPart(pattern, name)
            : domain is not null && MatchesPart(pattern[..separator], domain) && MatchesPart(pattern[(separator + 1)..], name);
    }

    private static bool MatchesPart(string pattern, string text) =>
        FileSystemName.MatchesSimpleExpression(pattern.Replace(@"\", @"\\", StringComparison.Ordinal), text, ignoreCase: true);
}
