using System.Runtime.InteropServices;

namespace SessionRecorder.Plugins;

/// <summary>Sessions on Amazon WorkSpaces Personal, Windows and Linux. Thread-safe.</summary>
/// <remarks>
/// A WorkSpace is not told its own id. The computer's name and the user's are what the directory of WorkSpaces
/// (DescribeWorkspaces) can be searched by, so a recording is known by these.
/// </remarks>
internal sealed class WorkSpacesPlatform(
    IWorkSpacesMachine machine, Lazy<IDesktopSessions> sessions, TimeProvider time) : IPlatform
{
    private readonly ActiveSession _active = new(sessions, time);

    public string Name => "workspaces";

    public Task<bool> IsCurrentAsync(CancellationToken cancellationToken) => Task.Run(machine.IsWorkSpace, cancellationToken);

    /// <summary>Waits for the active session.</summary>
    /// <exception cref="PlatformException">Permanent: there are several and none was named.</exception>
    public async Task<UserSession> WaitForSessionAsync(SessionQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var givenId = query.Id is null ? null : SessionIds.Check(query.Id);
        var session = await _active.WaitAsync(query.SystemSession, ActiveSession.Only, cancellationToken);
        return Recordable.From(session, givenId ?? SessionIds.Create(time.GetUtcNow(), Environment.MachineName));
    }

    public Task<IReadOnlyDictionary<string, string>> GetMetadataAsync(UserSession session, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        return Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>
        {
            ["computer"] = session.Host,
            ["userName"] = session.User,
            ["os"] = RuntimeInformation.OSDescription,
        });
    }

    /// <summary><c>workspaces/{computer}/{user}</c>.</summary>
    public IReadOnlyList<string> GetStoragePath(UserSession session, IReadOnlyDictionary<string, string> metadata) =>
        [Name, PathPart.Of(session.Host), PathPart.Of(session.User)];
}
