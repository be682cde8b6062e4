using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SessionRecorder.Host.Service;
using SessionRecorder.Host.Sessions;

namespace SessionRecorder.Tests.Service;

/// <summary>What the service tells of sessions that nobody can record.</summary>
public sealed class UnseenWatchTests
{
    [Fact]
    public async Task A_look_that_fails_in_whatever_way_is_not_the_last()
    {
        var time = new FakeTimeProvider();
        var sessions = new FailingSessions();
        using var end = new CancellationTokenSource();
        var running = new UnseenWatch(sessions, time, NullLogger<UnseenWatch>.Instance).RunAsync(end.Token);

        for (var round = 0; round < 500 && sessions.Looks < 5; round++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        await end.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.True(sessions.Looks >= 5);
    }

    private sealed class FailingSessions : IUnseenSessions
    {
        public int Looks { get; private set; }

        public Task<IReadOnlyList<UnseenSession>> ListUnseenAsync(CancellationToken cancellationToken) => ++Looks switch
        {
            1 => throw new IOException("too many open files"),
            2 => throw new InvalidOperationException("unforeseen"),
            3 => throw new OperationCanceledException("a time limit of its own"),
            _ => Task.FromResult<IReadOnlyList<UnseenSession>>([]),
        };
    }
}
