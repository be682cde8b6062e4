using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Service.Channel;

namespace SessionRecorder.Host.Service;

/// <summary>Who may ask for what: users for their own sessions, administrators for any.</summary>
internal static class RequestRules
{
    /// <summary>Where Windows runs services, and what is called over the network (WinRM, SSH): nobody has a desktop there.</summary>
    private const string SessionOfServices = "0";

    /// <summary>The session that is meant, or why not.</summary>
    /// <param name="caller">Who asks, by the system's word.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="sessions">The sessions of this machine, by the system's word.</param>
    public static (DesktopSession? Session, RecordAnswer? Refusal) Choose(
        Caller caller, RecordRequest request, IReadOnlyList<DesktopSession> sessions)
    {
        if (!caller.IsAdministrator && (request.SessionId ?? request.Platform) is not null)
        {
            return Refuse(
                ExitCode.Usage,
                "only administrators may name the session's id or the platform",
                "leave --session and --platform out");
        }

        var own = Own(caller, sessions);
        var wanted = request.SystemSession ?? (caller.SystemSession == SessionOfServices ? null : caller.SystemSession);
        if (wanted is not null)
        {
            // Whether a session of somebody else's exists is not told.
            return own.FirstOrDefault(session => session.SystemSession == wanted) is { } found
                ? (found, null)
                : Refuse(
                    ExitCode.NothingToActOn,
                    caller.IsAdministrator ? $"there is no session {wanted}" : $"you have no session {wanted} on this machine",
                    "start it in the session that is to be recorded");
        }

        return own switch
        {
            [var only] => (only, null),
            [] => Refuse(
                ExitCode.NothingToActOn,
                caller.IsAdministrator ? "nobody is logged on" : "you have no desktop session on this machine",
                "log on first"),
            _ => Refuse(
                ExitCode.Usage,
                $"there are several sessions: {string.Join(", ", own.Select(session => session.SystemSession))}",
                "start it in the session that is to be recorded, where DISPLAY names it"),
        };
    }

    /// <summary>The sessions that a caller may ask for.</summary>
    public static IReadOnlyList<DesktopSession> Own(Caller caller, IReadOnlyList<DesktopSession> sessions) =>
        [.. sessions.Where(session => caller.IsAdministrator || (session.UserId is { } user && user == caller.UserId))];

    private static (DesktopSession?, RecordAnswer?) Refuse(int exitCode, string error, string remedy) =>
        (null, RecordAnswer.No(exitCode, error, remedy));
}
