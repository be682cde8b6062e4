using System.Globalization;
using System.Runtime.Versioning;
using SessionRecorder.Host.Service;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>The sessions on X displays: whose server it is, and what logind says of it, where there is one.</summary>
/// <param name="findServers">The X servers of this machine.</param>
/// <param name="logind">logind.</param>
/// <param name="users">The users of this machine.</param>
/// <param name="time">The clock.</param>
[SupportedOSPlatform("linux")]
internal sealed class LinuxSessionReader(
    Func<IReadOnlyList<XServer>> findServers, ILogind logind, IUserDirectory users, TimeProvider time)
    : ISessionReader, ISessionEnder
{
    private const uint Root = 0;

    public IReadOnlyList<DesktopSession> Read() => Choose(logind.List()).Recordable;

    public IReadOnlyList<UnseenSession> ReadUnseen()
    {
        var known = logind.List();
        var choice = Choose(known);
        return [.. choice.Unseen, .. UnseenLogins.Of(known ?? [], choice.Taken, users, time.GetUtcNow())];
    }

    /// <summary>A display server that is gone for good leaves a session of logind only where the user is still logged on.</summary>
    public bool Remains(DesktopSession session) => logind.List()?.Any(known =>
        known.IsOfUser && known.Display == session.SystemSession && IdOf(known.UserId) == session.UserId) == true;

    public IDisposable Listen(Action onChange) => logind.Listen(onChange);

    /// <summary>Only logind can end a session: a bare X server has none, and killing what draws on it would be a guess.</summary>
    public void LogOff(DesktopSession session)
    {
        var own = findServers()
            .Where(server => server.Display == session.SystemSession)
            .SelectMany(server => FindOn(server, logind.List() ?? []))
            .Where(known => known.IsOfUser && IdOf(known.UserId) == session.UserId)
            .ToList();
        if (own.Count == 0)
        {
            throw new PlatformException(
                $"no session of logind is on display {session.SystemSession} for {session.User}, so nobody can be logged off",
                FailureScope.Session,
                isTransient: false,
                "let users log on through a display manager with logind, or set OnFailure to 'allow'");
        }

        try
        {
            own.ForEach(known => logind.Terminate(known.Id));
        }
        catch (SystemBusException e)
        {
            throw new PlatformException(
                $"logind does not end the session of {session.User} on display {session.SystemSession}: {e.Message}",
                FailureScope.Session,
                isTransient: true,
                "run the recorder as root",
                e);
        }
    }

    private DisplayChoice Choose(IReadOnlyList<LogindSession>? known)
    {
        var booted = time.GetUtcNow() - SystemUptime.Read();
        return DisplayChoice.Of([.. findServers().Select(server => Describe(server, known)).OfType<UserDisplay>()], booted);
    }

    private UserDisplay? Describe(XServer server, IReadOnlyList<LogindSession>? known)
    {
        var sessions = FindOn(server, known ?? []);
        return server.Owner != Root ? OfUser(server, sessions) : OfRoot(server, sessions, hasLogind: known is not null);
    }

    /// <summary>
    /// Which sessions a display is of. The terminal says so surely; the display's name is what a session claims of itself,
    /// and counts where no session is on the server's terminal.
    /// </summary>
    private static List<LogindSession> FindOn(XServer server, IReadOnlyList<LogindSession> known)
    {
        var onTerminal = known.Where(session => session.Terminal != 0 && session.Terminal == server.Terminal).ToList();
        return onTerminal.Count > 0 ? onTerminal : [.. known.Where(session => session.Display == server.Display)];
    }

    /// <summary>A server that runs as a user is that user's, whatever else is said of it.</summary>
    private UserDisplay? OfUser(XServer server, List<LogindSession> sessions)
    {
        var own = sessions.Where(session => session.UserId == server.Owner).ToList();
        if (own.Exists(session => session.IsGreeter))
        {
            return null;
        }

        var user = users.Find(server.Owner);
        return Make(server, server.Owner, user, own.FindAll(session => session.IsOfUser), AuthorityOf(server, user));
    }

    /// <summary>A server that runs as root is of the one user who is logged on there; a display without any is root's own.</summary>
    private UserDisplay? OfRoot(XServer server, List<LogindSession> sessions, bool hasLogind)
    {
        var ofUsers = sessions.FindAll(session => session.IsOfUser);
        switch (ofUsers.Select(session => session.UserId).Distinct().ToList())
        {
            case [var id]:
                return Make(server, id, users.Find(id), ofUsers, server.AuthorityFile);
            case [] when sessions.Count == 0 && !(hasLogind && server.Terminal is not null):
                var own = Make(server, Root, users.Find(Root), [], server.AuthorityFile);
                return own with { Session = own.Session with { IsOfUser = false } };
            default:
                // A logon screen, or several users who claim the same display: nobody that could be named.
                return null;
        }
    }

    private static UserDisplay Make(
        XServer server, uint id, LinuxUser? user, List<LogindSession> logins, string? authority)
    {
        var environment = new Dictionary<string, string> { ["DISPLAY"] = server.Display };
        if (authority is not null)
        {
            environment["XAUTHORITY"] = authority;
        }

        return new UserDisplay(server, logins, new DesktopSession
        {
            SystemSession = server.Display,
            User = user?.Name ?? IdOf(id),
            UserId = IdOf(id),
            IsConnected = logins is not [var first, ..] || first.IsActive,
            IsLocked = logins is [var session, ..] && session.IsLocked,
            Environment = environment,
        });
    }

    /// <summary>
    /// What a user's own server was told, or what X programs take by default. It must be that user's own file: root would
    /// read any.
    /// </summary>
    private static string? AuthorityOf(XServer server, LinuxUser? user) => new[]
        {
            server.AuthorityFile,
            user?.Home.StartsWith('/') == true ? Path.Combine(user.Home, ".Xauthority") : null,
        }
        .FirstOrDefault(path => path is not null && IsOwnFile(path, server.Owner));

    private static bool IsOwnFile(string path, uint owner)
    {
        try
        {
            return LinuxFile.Look(path) is { IsRegular: true } file && file.Owner == owner;
        }
        catch (IOException)
        {
            // A path that cannot be looked at is none.
            return false;
        }
    }

    private static string IdOf(uint user) => user.ToString(CultureInfo.InvariantCulture);
}
