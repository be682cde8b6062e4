using System.Runtime.CompilerServices;

namespace SessionRecorder.Tests;

/// <summary>The machine's sessions as a test wants them. Thread-safe.</summary>
internal sealed class FakeSessions : IDesktopSessions
{
    private volatile IReadOnlyList<DesktopSession> _sessions;

    public FakeSessions(params DesktopSession[] sessions) => _sessions = sessions;

    /// <summary>What the next calls fail with.</summary>
    public PlatformException? Failure { get; set; }

    public int Calls { get; private set; }

    public static DesktopSession Session(string number, string user, bool isConnected = true, string? sid = null) =>
        new() { SystemSession = number, User = user, IsConnected = isConnected, UserId = sid };

    public void Set(params DesktopSession[] sessions) => _sessions = sessions;

    public Lazy<IDesktopSessions> Lazily() => new(() => this);

    public Task<IReadOnlyList<DesktopSession>> ListAsync(CancellationToken cancellationToken)
    {
        Calls++;
        cancellationToken.ThrowIfCancellationRequested();
        return Failure is null ? Task.FromResult(_sessions) : Task.FromException<IReadOnlyList<DesktopSession>>(Failure);
    }

    public async IAsyncEnumerable<SessionChange> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        yield break;
    }
}
