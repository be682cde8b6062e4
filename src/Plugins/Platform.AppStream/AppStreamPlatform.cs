using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace SessionRecorder.Plugins;

/// <summary>Sessions on AppStream fleets, Windows and Linux. Thread-safe.</summary>
/// <remarks>
/// On Windows the stack's name and the session's id stand where the user can write. They never decide who is recorded, they
/// become single parts of a key only if they have the form that AppStream gives them, and they are marked in the metadata.
/// </remarks>
internal sealed partial class AppStreamPlatform(
    AppStreamOptions options, IAppStreamMachine machine, Lazy<IDesktopSessions> sessions, TimeProvider time)
    : IPlatform, IEndingSession
{
    /// <summary>Marks what the session's user may have written.</summary>
    public const string Untrusted = "untrusted.";

    private const string Unknown = "unknown";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a session may need to appear after its script began to run, where all others are recorded.</summary>
    private static readonly TimeSpan Arrival = TimeSpan.FromSeconds(10);

    private readonly ActiveSession _active = new(sessions, time);

    public string Name => "appstream";

    public Task<bool> IsCurrentAsync(CancellationToken cancellationToken) => Task.Run(machine.IsAppStream, cancellationToken);

    /// <summary>Waits for the active session; of several, takes the newest that is not being recorded.</summary>
    /// <remarks>
    /// A session script in the system context is not told whose session it runs for. On a fleet with several sessions on one
    /// machine it runs at the start of each, so the newest is meant; Windows numbers sessions upwards. Sessions that the system
    /// vouches for come first: on Linux any user can start X servers. Are all recorded, the
    /// session may be about to begin, and is waited for a while; or the script ran twice.
    /// </remarks>
    /// <exception cref="PlatformException">Permanent: this is an image builder, and those are left alone.</exception>
    public async Task<UserSession> WaitForSessionAsync(SessionQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var givenId = query.Id is null ? null : SessionIds.Check(query.Id);
        ThrowIfImageBuilder();
        var since = time.GetTimestamp();
        var found = await _active.WaitAsync(
            query.SystemSession,
            connected => Newest(connected, session => !query.Recorded.Contains(session.SystemSession))
                ?? (time.GetElapsedTime(since) < Arrival ? null : Newest(connected, _ => true)),
            cancellationToken);
        var session = Recordable.From(found, givenId ?? SessionIds.Create(time.GetUtcNow(), Environment.MachineName));
        return givenId is null && IdOf(machine.ReadUser(session)) is { } id ? session with { Id = id } : session;
    }

    public async Task<IReadOnlyDictionary<string, string>> GetMetadataAsync(
        UserSession session, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        var known = session;
        while (true)
        {
            known = await _active.IdentifyAsync(known, cancellationToken);
            var metadata = await Task.Run(() => Read(known), CancellationToken.None);
            if (cancellationToken.IsCancellationRequested || AppStreamVariables.Awaited.All(name => Find(metadata, name) is not null))
            {
                return metadata;
            }

            // Cancelling is no failure: what is known by then is returned, looked up once more.
            await Task.WhenAny(Task.Delay(Poll, time, cancellationToken));
        }
    }

    /// <summary><c>{stack}/{fleet}</c>; <c>unknown</c> for a name that is not there or not of AppStream's form.</summary>
    public IReadOnlyList<string> GetStoragePath(UserSession session, IReadOnlyDictionary<string, string> metadata) =>
        [NameIn(metadata, AppStreamVariables.StackName), NameIn(metadata, AppStreamVariables.ResourceName)];

    /// <summary>What AppStream, or a shell that reads the profile scripts, put into the script's environment.</summary>
    public string? FindEndingSessionId() =>
        Environment.GetEnvironmentVariable(AppStreamVariables.SessionId) is { } id && SessionIds.IsValid(id) ? id : null;

    /// <summary>
    /// The newest that is wanted. Of displays that nobody vouches for, a user's oldest is the session, and the others are what
    /// that user started beside it.
    /// </summary>
    private static DesktopSession? Newest(IReadOnlyList<DesktopSession> connected, Func<DesktopSession, bool> isWanted)
    {
        var first = connected.GroupBy(session => session.UserId ?? session.User)
            .Select(own => own.OrderByDescending(session => session.IsVouchedFor).ThenBy(session => session.StartedAt ?? DateTimeOffset.MaxValue).First())
            .ToHashSet();
        return connected.Where(isWanted)
            .OrderByDescending(session => session.IsVouchedFor)
            .ThenByDescending(session => session.IsVouchedFor || first.Contains(session))
            .ThenByDescending(session => session.IsVouchedFor ? null : session.StartedAt)
            .ThenByDescending(session => session.SystemSession.Length)
            .ThenByDescending(session => session.SystemSession, StringComparer.Ordinal)
            .FirstOrDefault();
    }

    /// <summary>AppStream's own id; made unique where the user could have chosen that of another recording.</summary>
    private static string? IdOf(VariableSet variables)
    {
        var id = variables.Values.GetValueOrDefault(AppStreamVariables.SessionId);
        var used = id is null || variables.IsTrusted ? id : SessionIds.MakeUnique(id);
        return SessionIds.IsValid(used) ? used : null;
    }

    private static string NameIn(IReadOnlyDictionary<string, string> metadata, string name) =>
        Find(metadata, name) is { } value && ResourceName().IsMatch(value) ? value : Unknown;

    private static string? Find(IReadOnlyDictionary<string, string> metadata, string name) =>
        metadata.GetValueOrDefault(name) ?? metadata.GetValueOrDefault(Untrusted + name);

    private Dictionary<string, string> Read(UserSession session)
    {
        var metadata = new Dictionary<string, string>
        {
            ["computer"] = session.Host,
            ["os"] = RuntimeInformation.OSDescription,
        };
        foreach (var (name, value) in machine.ReadMachine())
        {
            metadata[name] = value;
        }

        var user = machine.ReadUser(session);
        foreach (var (name, value) in user.Values)
        {
            metadata[user.IsTrusted ? name : Untrusted + name] = value;
        }

        if (machine.ReadContext(session) is { } context)
        {
            metadata[Untrusted + AppStreamVariables.SessionContext] = context;
        }

        return metadata;
    }

    private void ThrowIfImageBuilder()
    {
        var type = machine.ReadMachine().GetValueOrDefault(AppStreamVariables.ResourceType);
        if (type is not null && AppStreamVariables.ImageBuilder.Contains(type, StringComparer.OrdinalIgnoreCase) && !options.RecordImageBuilders)
        {
            throw new PlatformException(
                $"this is an AppStream image builder ({AppStreamVariables.ResourceType}={type}), and those are not recorded",
                FailureScope.Host,
                isTransient: false,
                "Set Platform:Plugin to appstream and Platform:Options:RecordImageBuilders to true to record it all the same.");
        }
    }

    /// <summary>The form of a stack's and a fleet's name, as AppStream's API defines it.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,100}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ResourceName();
}
