using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace SessionRecorder.Tests.Sessions;

/// <summary>Sessions that a test changes.</summary>
internal sealed class FakeSessions : IDesktopSessions
{
    private readonly Lock _lock = new();
    private readonly List<DesktopSession> _listed = [];
    private readonly List<Channel<SessionChange>> _watches = [];

    /// <summary>What the next calls of ListAsync throw; null when they work.</summary>
    public Exception? Failure { get; set; }

    public static DesktopSession Of(string systemSession, string user = "ada", bool isConnected = true, bool isLocked = false) => new()
    {
        SystemSession = systemSession,
        User = user,
        UserId = user,
        IsConnected = isConnected,
        IsLocked = isLocked,
    };

    /// <summary>Changes what is listed, and tells of it unless it is to be found out by asking.</summary>
    public void Change(SessionChangeKind kind, DesktopSession session, bool tell = true)
    {
        lock (_lock)
        {
            _listed.RemoveAll(listed => listed.SystemSession == session.SystemSession);
            if (kind != SessionChangeKind.LoggedOff)
            {
                _listed.Add(session);
            }

            if (tell)
            {
                _watches.ForEach(watch => watch.Writer.TryWrite(new SessionChange(kind, session)));
            }
        }
    }

    public Task<IReadOnlyList<DesktopSession>> ListAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Failure is null ? Task.FromResult<IReadOnlyList<DesktopSession>>([.. _listed]) : throw Failure;
        }
    }

    public async IAsyncEnumerable<SessionChange> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watch = Channel.CreateUnbounded<SessionChange>();
        lock (_lock)
        {
            _listed.ForEach(session => watch.Writer.TryWrite(new SessionChange(SessionChangeKind.LoggedOn, session)));
            _watches.Add(watch);
        }

        await foreach (var change in watch.Reader.ReadAllAsync(cancellationToken))
        {
            yield return change;
        }
    }
}
