using System.Globalization;
using System.Runtime.Versioning;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>A display and whose it is.</summary>
/// <param name="Server">The server.</param>
/// <param name="Logins">The sessions of logind's that are on it, of that user.</param>
/// <param name="Session">The session to record.</param>
internal sealed record UserDisplay(XServer Server, IReadOnlyList<LogindSession> Logins, DesktopSession Session);

/// <summary>Which displays are sessions to record.</summary>
/// <remarks>
/// A display of a login is, whatever its server does. Of the others, which any user can start, those of the system's accounts
/// and the oldest few of each user: what is there first is never pushed out by what comes later.
/// </remarks>
/// <param name="Taken">Those that are.</param>
/// <param name="Recordable">The same, as others know them.</param>
/// <param name="Unseen">Displays that are none and may show something all the same.</param>
[SupportedOSPlatform("linux")]
internal sealed record DisplayChoice(
    IReadOnlyList<UserDisplay> Taken, IReadOnlyList<DesktopSession> Recordable, IReadOnlyList<UnseenSession> Unseen)
{
    /// <summary>How many displays of a user are recorded that belong to no login.</summary>
    public const int MostOfOneUser = 4;

    /// <summary>How many are told one by one.</summary>
    private const int MostTold = 16;

    /// <summary>Users' numbers begin here; lower ones are the system's accounts (login.defs(5)).</summary>
    private const uint FirstUser = 1000;

    /// <summary>Chooses.</summary>
    /// <param name="displays">All that were found.</param>
    /// <param name="booted">When the machine began.</param>
    public static DisplayChoice Of(IReadOnlyList<UserDisplay> displays, DateTimeOffset booted)
    {
        var ofLogins = displays
            .SelectMany(display => display.Logins.Select(login => (Display: display, Login: login)))
            .GroupBy(pair => pair.Login.Id)
            .Select(pairs => pairs.OrderByDescending(pair => pair.Login.Display == pair.Display.Server.Display)
                .ThenByDescending(pair => pair.Display.Server.Answer == XAnswer.Speaks).ThenBy(pair => AgeOf(pair.Display)).First().Display)
            .ToHashSet();
        var others = displays.Where(display => !ofLogins.Contains(display)).ToLookup(display => display.Server.Answer);
        var ranked = others[XAnswer.Speaks].GroupBy(display => display.Server.Owner)
            .SelectMany(own => own.OrderBy(AgeOf).ThenBy(display => display.Server.Number).Select((display, rank) => (Display: display, Rank: rank)))
            .ToLookup(pair => pair.Rank < MostOfOneUser || pair.Display.Server.Owner < FirstUser, pair => pair.Display);
        UserDisplay[] taken = [.. ofLogins, .. ranked[true]];
        return new DisplayChoice(
            taken,
            [.. taken.Select(display => Stamp(display, ofLogins.Contains(display), booted))],
            [
                .. Tell(ranked[false], $"this user has more than {MostOfOneUser} displays that belong to no login, and the oldest are recorded"),
                .. Tell(others[XAnswer.Full], "its X server takes no connection: its queue is full"),
            ]);
    }

    /// <summary>Which was found first; a process may have begun long before it listens.</summary>
    private static (long Turn, ulong Start) AgeOf(UserDisplay display) =>
        (display.Server.Turn, display.Server.Process?.StartTicks ?? ulong.MaxValue);

    private static DesktopSession Stamp(UserDisplay display, bool isOfLogin, DateTimeOffset booted) => display.Session with
    {
        IsVouchedFor = isOfLogin || display.Server.Owner < FirstUser,
        StartedAt = display.Server.Process is { } process ? booted + process.SinceBoot : null,
    };

    private static IEnumerable<UnseenSession> Tell(IEnumerable<UserDisplay> displays, string reason)
    {
        foreach (var own in displays.GroupBy(display => display.Session.User))
        {
            foreach (var display in own.Take(MostTold))
            {
                yield return new UnseenSession(display.Session.SystemSession, own.Key, reason);
            }

            if (own.Count() > MostTold)
            {
                yield return new UnseenSession($"{(own.Count() - MostTold).ToString(CultureInfo.InvariantCulture)} more", own.Key, reason);
            }
        }
    }
}
