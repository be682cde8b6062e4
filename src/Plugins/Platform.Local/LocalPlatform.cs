using System.Runtime.InteropServices;

namespace SessionRecorder.Plugins;

/// <summary>
/// The desktop session of whoever starts the recorder. Never says that it is current: the host takes it where no other
/// platform does.
/// </summary>
/// <remarks>
/// Whom to record is taken from the recorder's own options and environment, which belong to whoever starts it; where a
/// session is named, its user and environment are the system's word. Thread-safe.
/// </remarks>
internal sealed class LocalPlatform(
    LocalPlatformOptions options, ILocalSystem system, IDesktopSessions sessions, TimeProvider time) : IPlatform
{
    public string Name => "local";

    public Task<bool> IsCurrentAsync(CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>Finds the session at once; there is nothing to wait for.</summary>
    /// <exception cref="PlatformException">Permanent: there is no display, or no saying which of several is meant.</exception>
    public async Task<UserSession> WaitForSessionAsync(SessionQuery query, CancellationToken cancellationToken)
    {
        var host = system.Host;
        var id = query.Id is null ? SessionIds.Create(time.GetUtcNow(), host) : SessionIds.Check(query.Id);
        if (query.SystemSession is { } named)
        {
            return await FindSessionAsync(id, named, cancellationToken);
        }

        if (system.IsWindows)
        {
            return new UserSession
            {
                Id = id,
                User = system.User,
                Domain = system.Domain,
                Host = host,
                SystemSession = $"{system.WindowsSession}",
            };
        }

        var display = FindDisplay() ?? await OnlyDisplayAsync(cancellationToken);
        return new UserSession
        {
            Id = id,
            User = system.User,
            Host = host,
            SystemSession = XDisplay.Normalise(display),
            Environment = EnvironmentOf(display),
        };
    }

    public Task<IReadOnlyDictionary<string, string>> GetMetadataAsync(
        UserSession session, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>
        {
            ["os"] = RuntimeInformation.OSDescription,
            ["architecture"] = RuntimeInformation.OSArchitecture.ToString(),
            ["display"] = session.SystemSession,
        });

    public IReadOnlyList<string> GetStoragePath(UserSession session, IReadOnlyDictionary<string, string> metadata) =>
        [Name, session.Host, session.User];

    /// <summary>A session that may be another user's: that user's keys open its display, and its account names that user.</summary>
    private async Task<UserSession> FindSessionAsync(string id, string named, CancellationToken cancellationToken)
    {
        var name = system.IsWindows ? named : XDisplay.Normalise(named);
        var listed = await sessions.ListAsync(cancellationToken);
        var session = listed.FirstOrDefault(session => session.SystemSession == name) ?? throw new PlatformException(
            $"there is no session '{name}' of a user on this machine"
                + (listed.Count == 0 ? "" : $" (there is {string.Join(", ", listed.Select(other => other.SystemSession))})"),
            FailureScope.Session,
            isTransient: true,
            "Name one that exists, once its user is logged on.");
        return new UserSession
        {
            Id = id,
            User = session.User,
            Domain = session.Domain,
            UserId = session.UserId,
            Host = system.Host,
            SystemSession = session.SystemSession,
            Environment = session.Environment,
        };
    }

    private string? FindDisplay()
    {
        var (display, from) = options.Display is { Length: > 0 } option
            ? (option, "the option Display")
            : (system.Variable("DISPLAY"), "DISPLAY");
        return display is null || XDisplay.IsValid(display)
            ? display
            : throw new PlatformException(
                $"{from} is '{display}', which is not an X display",
                FailureScope.Session,
                isTransient: false,
                $"Set {from} to [host]:number[.screen], such as ':0'.");
    }

    private async Task<string> OnlyDisplayAsync(CancellationToken cancellationToken)
    {
        const string Remedy = "Set DISPLAY or the option Display of the platform 'local' to the display to record.";
        return await sessions.ListAsync(cancellationToken) switch
        {
            [var only] => only.SystemSession,
            [] => throw new PlatformException(
                "there is no display to record: DISPLAY is not set and no X server runs on this machine",
                FailureScope.Session,
                isTransient: false,
                Remedy),
            var several => throw new PlatformException(
                $"DISPLAY is not set and {several.Count} displays run on this machine "
                + $"({string.Join(", ", several.Select(session => session.SystemSession))})",
                FailureScope.Session,
                isTransient: false,
                Remedy),
        };
    }

    private Dictionary<string, string> EnvironmentOf(string display)
    {
        var environment = new Dictionary<string, string> { ["DISPLAY"] = display };
        var authority = options.XAuthority is { Length: > 0 } option ? option : system.Variable("XAUTHORITY") ?? InHome();
        if (authority is not null)
        {
            environment["XAUTHORITY"] = authority;
        }

        return environment;
    }

    private string? InHome()
    {
        var path = system.Variable("HOME") is { } home ? Path.Combine(home, ".Xauthority") : null;
        return path is not null && system.FileExists(path) ? path : null;
    }
}
