using System.Globalization;
using System.Runtime.Versioning;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>Finds graphical sessions of logind's that no display was found for.</summary>
[SupportedOSPlatform("linux")]
internal static class UnseenLogins
{
    /// <summary>How long a session may need for its display server to come up.</summary>
    private static readonly TimeSpan Arrival = TimeSpan.FromSeconds(30);

    /// <summary>Those that nobody can record.</summary>
    /// <param name="known">What logind knows.</param>
    /// <param name="taken">The displays that are recorded.</param>
    /// <param name="users">The users of this machine.</param>
    /// <param name="now">The time.</param>
    public static IEnumerable<UnseenSession> Of(
        IReadOnlyList<LogindSession> known, IReadOnlyList<UserDisplay> taken, IUserDirectory users, DateTimeOffset now) => known
        .Where(login => login is { IsOfUser: true, IsGraphical: true } && !(now - login.Since < Arrival))
        .Where(login => !taken.Any(display => IsOn(display, login)))
        .Select(login => new UnseenSession(
            login.Display.Length > 0 ? login.Display : $"login {login.Id}",
            users.Find(login.UserId)?.Name ?? login.UserId.ToString(CultureInfo.InvariantCulture),
            login.Type == "x11"
                ? "logind knows this session as graphical, and no X server of it takes connections"
                : $"the session's screen is {login.Type}'s, and X displays alone can be recorded"));

    /// <summary>A login that names neither display nor terminal has the servers that were started within it.</summary>
    private static bool IsOn(UserDisplay display, LogindSession login) =>
        display.Logins.Any(own => own.Id == login.Id)
        || (login is { Type: "x11", Display: "", Terminal: 0 }
            && login.UserId == display.Server.Owner
            && display.Server.Process?.IsOfLogin(login.Id) == true);
}
