using System.Globalization;
using System.Net;

namespace SessionRecorder.Plugins;

/// <summary>A shared access signature, of which only what is no secret is told.</summary>
internal sealed class SharedAccess
{
    private readonly Dictionary<string, string> _fields;

    private SharedAccess(string query)
    {
        Query = query;
        _fields = query.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(field => field.Split('=', 2))
            .DistinctBy(parts => parts[0])
            .ToDictionary(parts => parts[0], parts => WebUtility.UrlDecode(parts.ElementAtOrDefault(1) ?? ""));
    }

    /// <summary>The query with the signature. A secret.</summary>
    public string Query { get; }

    /// <summary>Whether it has what every SAS has.</summary>
    public bool IsWhole => _fields.ContainsKey("sig") && _fields.ContainsKey("sv");

    /// <summary>When it expires, UTC; null where a policy of the container says.</summary>
    public DateTimeOffset? ExpiresAt =>
        DateTimeOffset.TryParse(_fields.GetValueOrDefault("se"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end) ? end : null;

    /// <summary>The rights it gives, by Azure's letters; null where a policy of the container says.</summary>
    public string? Permissions => _fields.GetValueOrDefault("sp");

    /// <summary>What may be shown of it.</summary>
    public string Description
    {
        get
        {
            var rights = Permissions is { } letters ? $" for '{letters}'" : "";
            var end = ExpiresAt is { } expiry ? $" until {expiry.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture)}" : "";
            return $"a SAS{rights}{end}";
        }
    }

    /// <summary>Reads a token (<c>?sv=…</c>) or an address with one.</summary>
    /// <param name="text">What was given.</param>
    /// <param name="account">The account's address where the text has none.</param>
    public static (Uri? Address, SharedAccess Signature) Parse(string text, Uri? account)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
        {
            return (new Uri(address.GetLeftPart(UriPartial.Path)), new SharedAccess(address.Query.TrimStart('?')));
        }

        return (account, new SharedAccess(text.TrimStart('?')));
    }
}
