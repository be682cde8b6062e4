using SessionRecorder.Host.Hosting;

namespace SessionRecorder.Tests.Hosting;

/// <summary>Which session a start gets, and when.</summary>
public sealed class SessionWaitTests
{
    private static readonly UserSession Session = new() { Id = "a", User = "ada", Host = "h", SystemSession = ":1" };

    [Fact]
    public async Task A_session_that_is_recorded_is_found_again_although_the_platform_would_wait_longer_for_another()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5));

        var found = await SessionWait.ForAsync(
            new Platform(), new SessionQuery { Recorded = [":1"] }, TimeSpan.FromMilliseconds(300), deadline.Token);

        Assert.Equal(":1", found.SystemSession);
    }

    [Fact]
    public async Task Where_there_is_none_the_platform_and_the_time_are_named()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        var e = await Assert.ThrowsAsync<PlatformException>(() => SessionWait.ForAsync(
            new Platform { IsEmpty = true }, new SessionQuery(), TimeSpan.FromSeconds(5), deadline.Token));

        Assert.Equal("the platform slow had no session to record within 5 s", e.Message);
    }

    /// <summary>Waits without end for a session that is not recorded.</summary>
    private sealed class Platform : IPlatform
    {
        public bool IsEmpty { get; init; }

        public string Name => "slow";

        public Task<bool> IsCurrentAsync(CancellationToken cancellationToken) => Task.FromResult(true);

        public async Task<UserSession> WaitForSessionAsync(SessionQuery query, CancellationToken cancellationToken)
        {
            if (IsEmpty || query.Recorded.Contains(Session.SystemSession))
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return Session;
        }

        public Task<IReadOnlyDictionary<string, string>> GetMetadataAsync(UserSession session, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>());

        public IReadOnlyList<string> GetStoragePath(UserSession session, IReadOnlyDictionary<string, string> metadata) => [Name];
    }
}
