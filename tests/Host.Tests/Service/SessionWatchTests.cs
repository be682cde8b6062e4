using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Service;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Tests.Service;

/// <summary>What the service makes of who logs on and off.</summary>
public sealed class SessionWatchTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly FakeMachine _machine = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 8, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Who_logs_on_is_recorded_and_who_logs_off_is_stopped()
    {
        await RunAsync(records: true, async () =>
        {
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop("2", "ada"));
            await UntilAsync(() => _machine.Started.Count == 1);
            _machine.AddAgent("a", "2");
            _machine.AddAgent("b", "3");
            _machine.Tell(SessionChangeKind.Locked, FakeMachine.Desktop("2", "ada"));
            _machine.Tell(SessionChangeKind.LoggedOff, FakeMachine.Desktop("2", "ada"));
            await UntilAsync(() => _machine.Stopped.Count == 1);
        });

        Assert.Equal([("2", null)], _machine.Started);
        Assert.Equal(["a"], _machine.Stopped);
    }

    [Fact]
    public async Task A_start_that_fails_is_repeated_as_long_as_the_user_is_there()
    {
        _machine.OnStart = _ => _machine.Started.Count < 3
            ? throw new ElevationException("not yet", FailureScope.Session, isTransient: true)
            : new StartReport(true, null, null, 0);

        await RunAsync(records: true, async () =>
        {
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop("2", "ada"));
            await UntilAsync(() => _machine.Started.Count == 3);
        });

        Assert.Equal(3, _machine.Started.Count);
    }

    [Fact]
    public async Task A_start_that_a_logoff_cuts_off_with_whatever_error_leaves_no_recording_behind()
    {
        var gate = new TaskCompletionSource();
        _machine.StartGate = gate.Task;
        _machine.OnStart = _ => throw new IOException("the lock is held");

        await RunAsync(records: true, async () =>
        {
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop("2", "ada"));
            await UntilAsync(() => _machine.Started.Count == 1);
            _machine.AddAgent("a", "2");
            _machine.Tell(SessionChangeKind.LoggedOff, FakeMachine.Desktop("2", "ada"));
            await Task.Delay(100);
            gate.SetResult();
            await UntilAsync(() => _machine.Stopped.Count == 1);
        });

        Assert.Equal(["a"], _machine.Stopped);
    }

    [Fact]
    public async Task A_service_that_does_not_watch_starts_and_stops_nothing()
    {
        _machine.AddAgent("a", "2");
        _machine.Spool["old"] = new SpooledSession("old", "ada", "2", IsOpen: true);
        await RunAsync(records: false, async () =>
        {
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop("2", "ada"));
            _machine.Tell(SessionChangeKind.LoggedOff, FakeMachine.Desktop("2", "ada"));
            await Task.Delay(200);
        });

        Assert.Empty(_machine.Started);
        Assert.Empty(_machine.Stopped);
    }

    [Fact]
    public async Task Recordings_go_on_when_the_service_ends()
    {
        await RunAsync(records: true, async () =>
        {
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop("2", "ada"));
            await UntilAsync(() => _machine.Started.Count == 1);
            _machine.AddAgent("a", "2");
        });

        Assert.Empty(_machine.Stopped);
    }

    [Fact]
    public async Task A_display_server_that_is_back_within_seconds_has_not_ended_the_recording()
    {
        await RunAsync(records: true, async () =>
        {
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop(":7", "ada"));
            await UntilAsync(() => _machine.Started.Count == 1);
            _machine.AddAgent("a", ":7");
            _machine.Tell(SessionChangeKind.LoggedOff, FakeMachine.Desktop(":7", "ada"));
            await AdvanceAsync(seconds: 9);
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop(":7", "ada"));
            await AdvanceAsync(seconds: 30);
            Assert.Empty(_machine.Stopped);
            _machine.Tell(SessionChangeKind.LoggedOff, FakeMachine.Desktop(":7", "ada"));
            await UntilAsync(() => _machine.Stopped.Count == 1);
        });

        Assert.Equal(["a"], _machine.Stopped);
    }

    [Fact]
    public async Task Another_user_at_the_same_place_ends_the_recording_at_once_and_is_recorded()
    {
        await RunAsync(records: true, async () =>
        {
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop(":7", "ada"));
            await UntilAsync(() => _machine.Started.Count == 1);
            _machine.AddAgent("a", ":7");
            _machine.Tell(SessionChangeKind.LoggedOff, FakeMachine.Desktop(":7", "ada"));
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop(":7", "grace"));
            await Task.Delay(500);
            Assert.Equal(["a"], _machine.Stopped);
            await UntilAsync(() => _machine.Started.Count == 2);
        });
    }

    [Fact]
    public async Task The_next_user_at_a_place_is_not_taken_for_the_one_before_whose_agent_is_still_there()
    {
        var stopping = new TaskCompletionSource();
        _machine.StopGate = stopping.Task;

        await RunAsync(records: true, async () =>
        {
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop(":10", "ada"));
            await UntilAsync(() => _machine.Launched.Count == 1);
            _machine.AddAgent("a", ":10", userId: "id of ada");
            _machine.Tell(SessionChangeKind.LoggedOff, FakeMachine.Desktop(":10", "ada"));
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop(":10", "grace"));
            await Task.Delay(300);
            stopping.SetResult();
            await UntilAsync(() => _machine.Launched.Count == 2);
        });

        Assert.Equal(["id of ada", "id of grace"], _machine.Launched);
        Assert.Equal(["a"], _machine.Stopped);
    }

    [Fact]
    public async Task A_recording_of_the_next_user_that_began_already_is_not_ended_with_the_one_before()
    {
        await RunAsync(records: true, async () =>
        {
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop(":10", "ada"));
            await UntilAsync(() => _machine.Started.Count == 1);
            _machine.AddAgent("a", ":10", userId: "id of ada");
            _machine.AddAgent("g", ":10", userId: "id of grace");
            _machine.AddAgent("unknown", ":10");
            _machine.Tell(SessionChangeKind.LoggedOff, FakeMachine.Desktop(":10", "ada"));
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop(":10", "grace"));
            await UntilAsync(() => _machine.Started.Count == 2);
        });

        Assert.Equal(["a", "unknown"], _machine.Stopped);
    }

    [Fact]
    public async Task Another_user_who_came_while_nobody_could_be_followed_is_recorded_in_the_place_of_the_one_before()
    {
        await RunAsync(records: true, async () =>
        {
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop(":0", "ada"));
            await UntilAsync(() => _machine.Launched.Count == 1);
            _machine.AddAgent("a", ":0", userId: "id of ada");
            _machine.Blind();
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop(":0", "grace"));
            await UntilAsync(() => _machine.Launched.Count == 2);
        });

        Assert.Equal(["id of ada", "id of grace"], _machine.Launched);
        Assert.Equal(["a"], _machine.Stopped);
    }

    [Fact]
    public async Task The_same_user_who_came_back_while_nobody_could_be_followed_is_recorded_again_and_otherwise_left_alone()
    {
        await RunAsync(records: true, async () =>
        {
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop(":0", "ada"));
            await UntilAsync(() => _machine.Launched.Count == 1);
            _machine.AddAgent("a", ":0", userId: "id of ada");
            _machine.Blind();
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop(":0", "ada"));
            await UntilAsync(() => _machine.Started.Count == 2);
            Assert.Single(_machine.Launched);
            _machine.Agents.Clear();
            _machine.Blind();
            _machine.Tell(SessionChangeKind.LoggedOn, FakeMachine.Desktop(":0", "ada"));
            await UntilAsync(() => _machine.Launched.Count == 2);
        });

        Assert.Empty(_machine.Stopped);
    }

    [Theory]
    [InlineData(":10", "1000", null, true)]
    [InlineData(":10", "1001", null, false)]
    [InlineData(":10", null, null, true)]
    [InlineData(":11", "1000", null, false)]
    [InlineData(":11", "1001", "held", true)]
    public void A_start_finds_only_the_recordings_of_the_same_user_at_its_place(string place, string? userId, string? id, bool isFound)
    {
        var held = new SessionDocument
        {
            SessionId = "held",
            Platform = "local",
            User = "ada",
            UserId = "1000",
            Host = "host",
            SystemSession = ":10",
            StartedAt = default,
            Prefix = "p/",
            Recorder = "r",
        };
        var session = new UserSession { Id = "new", User = "ada", Host = "host", SystemSession = place, UserId = userId };

        Assert.Equal(isFound, SessionStarter.IsRecordingOf(held, session, id));
    }

    private async Task AdvanceAsync(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            await Task.Delay(30);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await Task.Delay(100);
    }

    private async Task RunAsync(bool records, Func<Task> meanwhile)
    {
        await using var keeper = new AgentKeeper(_machine, _machine, _time, NullLogger<AgentKeeper>.Instance);
        var watch = new SessionWatch(_machine, _machine, keeper, records, TimeSpan.FromSeconds(10), _time, NullLogger<SessionWatch>.Instance);
        using var end = new CancellationTokenSource();
        var running = watch.RunAsync(end.Token);
        await meanwhile();
        await end.CancelAsync();
        await running.WaitAsync(_patience);
    }

    private async Task UntilAsync(Func<bool> holds)
    {
        for (var round = 0; round < 500 && !holds(); round++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(20);
        }

        Assert.True(holds());
    }
}
