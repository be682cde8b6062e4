using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace SessionRecorder.Plugins;

/// <summary>Session ids: checked when given, else made unique.</summary>
internal static partial class SessionIds
{
    private const int NameLength = 64;
    private const int RandomBytes = 3;

    /// <summary>Whether a text keeps the rules of <see cref="UserSession.Id"/>.</summary>
    public static bool IsValid(string? id) => id is not null && Form().IsMatch(id);

    /// <summary>Checks an id that was given.</summary>
    /// <exception cref="PlatformException">Permanent: it breaks the rules.</exception>
    public static string Check(string id) => IsValid(id)
        ? id
        : throw new PlatformException(
            $"'{id}' is not a session id",
            FailureScope.Session,
            isTransient: false,
            "Use 1 to 128 letters, digits, dots, underscores and hyphens, not beginning with a dot.");

    /// <summary>Makes an id that sorts by time: <c>20261123T080000Z-host-1a2b3c</c>.</summary>
    public static string Create(DateTimeOffset now, string host) => MakeUnique($"{now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{Shorten(host)}");

    /// <summary>Adds what nobody can foresee, so that an id which others chose is never that of another recording.</summary>
    public static string MakeUnique(string name) => $"{name}-{RandomNumberGenerator.GetHexString(RandomBytes * 2, lowercase: true)}";

    private static string Shorten(string host)
    {
        var safe = Unsafe().Replace(host, "-");
        return safe.Length > NameLength ? safe[..NameLength] : safe;
    }

    // \z, for $ would also take an id with a line break at its end.
    [GeneratedRegex(@"^[A-Za-z0-9_\-][A-Za-z0-9._\-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    [GeneratedRegex(@"[^A-Za-z0-9._\-]", RegexOptions.CultureInvariant)]
    private static partial Regex Unsafe();
}
