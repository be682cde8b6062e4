using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>Which session is recorded.</summary>
public sealed class SessionTests
{
    private readonly FakeRegistry _registry = new();
    private readonly FakeSessions _sessions = new();

    [Fact]
    public async Task It_waits_until_somebody_looks_at_a_session()
    {
        _sessions.Set(FakeSessions.Session("1", "gone", isConnected: false));
        var waiting = WaitAsync(new SessionQuery());
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);

        _sessions.Set(FakeSessions.Session("1", "gone", isConnected: false), FakeSessions.Session("2", "ada"));

        Assert.Equal("ada", (await waiting).User);
    }

    [Fact]
    public async Task Of_several_sessions_the_newest_is_taken_for_a_script_runs_at_the_start_of_each()
    {
        _sessions.Set(FakeSessions.Session("10", "new"), FakeSessions.Session("11", "left", isConnected: false), FakeSessions.Session("9", "old"));

        Assert.Equal("new", (await WaitAsync(new SessionQuery())).User);
    }

    [Fact]
    public async Task A_display_that_a_user_started_beside_the_session_is_not_taken_for_it()
    {
        var noon = new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
        DesktopSession Bare(string display, string user, int minute) => FakeSessions.Session(display, user) with
        {
            IsVouchedFor = false, StartedAt = noon.AddMinutes(minute), Environment = new Dictionary<string, string> { ["DISPLAY"] = display },
        };

        // Below and above the real one, which was there first.
        _sessions.Set(Bare(":0", "ada", 2), Bare(":7", "ada", 1), Bare(":99", "ada", 3));
        Assert.Equal(":7", (await WaitAsync(new SessionQuery())).SystemSession);

        // Bob's script: Ada is recorded, and her other displays are not what it runs for.
        _sessions.Set(Bare(":0", "ada", 2), Bare(":7", "ada", 1), Bare(":8", "bob", 4), Bare(":99", "ada", 5));
        Assert.Equal(":8", (await WaitAsync(new SessionQuery { Recorded = [":7"] })).SystemSession);

        // The session manager knows one of them.
        _sessions.Set(Bare(":0", "ada", 1), FakeSessions.Session(":7", "ada") with { StartedAt = noon.AddMinutes(2) }, Bare(":99", "ada", 3));
        Assert.Equal(":7", (await WaitAsync(new SessionQuery())).SystemSession);
    }

    [Fact]
    public async Task A_session_that_is_recorded_already_is_not_the_one_that_a_script_runs_for()
    {
        _sessions.Set(FakeSessions.Session("3", "old"), FakeSessions.Session("4", "recorded"));
        Assert.Equal("old", (await WaitAsync(new SessionQuery { Recorded = ["4"] })).User);

        var waiting = WaitAsync(new SessionQuery { Recorded = ["3", "4"] });
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        _sessions.Set(FakeSessions.Session("3", "old"), FakeSessions.Session("4", "recorded"), FakeSessions.Session("5", "new"));

        Assert.Equal("new", (await waiting).User);
    }

    [Fact]
    public async Task A_script_that_runs_twice_for_the_only_session_finds_it_again_after_a_while()
    {
        var time = new FakeTimeProvider();
        _sessions.Set(FakeSessions.Session("2", "ada"));
        var platform = new AppStreamPlatform(new AppStreamOptions(), new WindowsAppStream(_registry), _sessions.Lazily(), time);
        var waiting = platform.WaitForSessionAsync(new SessionQuery { Recorded = ["2"] }, TestContext.Current.CancellationToken);
        while (!waiting.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.Equal("ada", (await waiting).User);
        Assert.True(_sessions.Calls > 5, "it looked more than once");
    }

    [Fact]
    public async Task The_session_that_is_named_is_taken_whether_or_not_somebody_looks_at_it()
    {
        _sessions.Set(FakeSessions.Session("2", "ada", isConnected: false), FakeSessions.Session("3", "bob"));

        Assert.Equal("ada", (await WaitAsync(new SessionQuery("given", "2"))).User);
        Assert.Equal("given", (await WaitAsync(new SessionQuery("given", "2"))).Id);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("")]
    [InlineData("a\n")]
    public async Task An_id_that_breaks_the_rules_is_refused(string id)
    {
        _sessions.Set(FakeSessions.Session("2", "ada"));

        await Assert.ThrowsAsync<PlatformException>(() => WaitAsync(new SessionQuery(id)));
    }

    [Fact]
    public async Task A_system_that_cannot_answer_yet_is_asked_again_and_one_that_never_will_ends_the_wait()
    {
        _sessions.Set(FakeSessions.Session("2", "ada"));
        _sessions.Failure = new PlatformException("not yet", FailureScope.Session, isTransient: true);
        var waiting = WaitAsync(new SessionQuery());
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        _sessions.Failure = null;
        Assert.Equal("ada", (await waiting).User);

        _sessions.Failure = new PlatformException("never", FailureScope.Session, isTransient: false);
        await Assert.ThrowsAsync<PlatformException>(() => WaitAsync(new SessionQuery()));
    }

    [Fact]
    public async Task A_cancelled_wait_ends()
    {
        using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Platform().WaitForSessionAsync(new SessionQuery(), cancelled.Token));
    }

    [Fact]
    public async Task The_plugin_registers_a_platform_and_a_check_and_asks_for_sessions_only_when_it_waits_for_one()
    {
        await using var services = new FakePluginContext().Load(new AppStreamPlugin());

        Assert.Equal("appstream", services.GetRequiredService<IPlatform>().Name);
        Assert.False(await services.GetRequiredService<IPlatform>().IsCurrentAsync(CancellationToken.None));
        var findings = new List<Finding>();
        await foreach (var finding in services.GetRequiredService<ISelfCheck>().CheckAsync(CancellationToken.None))
        {
            findings.Add(finding);
        }

        Assert.Contains(findings, f => f is { Level: FindingLevel.Warning, Subject: "platform appstream" });
        Assert.Contains(findings, f => f.Message.Contains("appstream_machine_role", StringComparison.Ordinal));
        Assert.DoesNotContain(findings, f => f.Level == FindingLevel.Problem);
        Assert.All(findings.Where(f => f.Level != FindingLevel.Ok), f => Assert.NotNull(f.Remedy));
    }

    private AppStreamPlatform Platform() =>
        new(new AppStreamOptions(), new WindowsAppStream(_registry), _sessions.Lazily(), TimeProvider.System);

    private Task<UserSession> WaitAsync(SessionQuery query) =>
        Platform().WaitForSessionAsync(query, TestContext.Current.CancellationToken);
}
