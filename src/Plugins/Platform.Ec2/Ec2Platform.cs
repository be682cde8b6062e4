using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace SessionRecorder.Plugins;

/// <summary>Sessions on EC2 instances, Windows and Linux. Thread-safe.</summary>
internal sealed class Ec2Platform(
    Ec2Options options, IEc2Machine machine, InstanceMetadata service, Lazy<IDesktopSessions> sessions, TimeProvider time) : IPlatform
{
    private const string InstanceIdKey = "instanceId";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    private readonly ActiveSession _active = new(sessions, time);

    public string Name => "ec2";

    public Task<bool> IsCurrentAsync(CancellationToken cancellationToken) => Task.Run(machine.IsInstance, cancellationToken);

    /// <summary>Waits for the active session.</summary>
    /// <exception cref="PlatformException">Permanent: there are several and none was named.</exception>
    public async Task<UserSession> WaitForSessionAsync(SessionQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var givenId = query.Id is null ? null : SessionIds.Check(query.Id);
        var session = await _active.WaitAsync(query.SystemSession, ActiveSession.Only, cancellationToken);
        return Recordable.From(session, givenId ?? SessionIds.Create(time.GetUtcNow(), Environment.MachineName));
    }

    /// <summary>Asks the instance until it has answered; over a network that comes up late this takes a while.</summary>
    public async Task<IReadOnlyDictionary<string, string>> GetMetadataAsync(
        UserSession session, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        var known = new ConcurrentDictionary<string, string>
        {
            ["computer"] = session.Host,
            ["os"] = RuntimeInformation.OSDescription,
        };
        if (machine.FindInstanceId() is { } id)
        {
            known[InstanceIdKey] = id;
        }

        while (await service.ReadAsync(known, options.RecordTags, cancellationToken) == MetadataAnswer.Later
            && !cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAny(Task.Delay(Poll, time, cancellationToken));
        }

        return known;
    }

    /// <summary><c>ec2/{instanceId}/{user}</c>; the computer's name where the instance could not tell its id.</summary>
    public IReadOnlyList<string> GetStoragePath(UserSession session, IReadOnlyDictionary<string, string> metadata) =>
    [
        Name,
        metadata.TryGetValue(InstanceIdKey, out var id) && InstanceId.IsValid(id) ? id : PathPart.Of(session.Host),
        PathPart.Of(session.User),
    ];
}
