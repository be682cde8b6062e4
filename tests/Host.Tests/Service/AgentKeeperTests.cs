using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Service;

namespace SessionRecorder.Tests.Service;

/// <summary>Which sessions get their agent again, which are delivered, and which are left alone.</summary>
public sealed class AgentKeeperTests : IAsyncLifetime
{
    private readonly FakeMachine _machine = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 8, 0, 0, TimeSpan.Zero));
    private readonly AgentKeeper _keeper;

    public AgentKeeperTests()
    {
        _keeper = new AgentKeeper(_machine, _machine, _time, NullLogger<AgentKeeper>.Instance);
        _machine.Desktops.Add(FakeMachine.Desktop(":0", "ada"));
        _machine.Spool["s1"] = new SpooledSession("s1", "ada", ":0", IsOpen: true);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _keeper.DisposeAsync();

    [Fact]
    public async Task A_session_that_nobody_holds_gets_its_agent_again_under_its_id()
    {
        await LookAsync();

        Assert.Equal([(":0", "s1")], _machine.Started);
        Assert.Empty(_machine.Recovered);
    }

    [Fact]
    public async Task A_session_in_an_agents_hand_is_not_touched()
    {
        _machine.InHand.Add("s1");

        await LookAsync(seconds: 700);

        Assert.Empty(_machine.Started);
        Assert.Empty(_machine.Recovered);
    }

    [Fact]
    public async Task A_session_whose_user_has_logged_off_is_delivered_and_not_recorded()
    {
        _machine.Desktops.Clear();

        await LookAsync(seconds: 12);

        Assert.Empty(_machine.Started);
        Assert.Equal(["s1"], _machine.Recovered);
    }

    [Fact]
    public async Task A_session_that_is_not_listed_for_seconds_is_not_given_up()
    {
        for (var round = 0; round < 3; round++)
        {
            _machine.Desktops.Clear();
            await LookAsync(seconds: 9);
            Assert.Equal(round, _machine.Started.Count);
            _machine.Desktops.Add(FakeMachine.Desktop(":0", "ada"));
            await LookAsync();
        }

        Assert.Empty(_machine.Recovered);
    }

    [Fact]
    public async Task Another_user_at_the_same_place_is_not_taken_for_the_one_before()
    {
        _machine.Desktops[0] = FakeMachine.Desktop(":0", "bob");

        await LookAsync();

        Assert.Empty(_machine.Started);
        Assert.Equal(["s1"], _machine.Recovered);
    }

    [Fact]
    public async Task A_closed_session_is_delivered_beside_one_that_goes_on()
    {
        _machine.Spool["s0"] = new SpooledSession("s0", "ada", ":0", IsOpen: false);

        await LookAsync();

        Assert.Equal([(":0", "s1")], _machine.Started);
        Assert.Equal(["s0"], _machine.Recovered);
    }

    [Fact]
    public async Task What_cannot_be_delivered_is_tried_again_now_and_then()
    {
        _machine.Spool["s1"] = _machine.Spool["s1"] with { IsOpen = false };

        await LookAsync(seconds: 1500);

        Assert.Equal(3, _machine.Recovered.Count);
    }

    [Fact]
    public async Task An_agent_that_goes_on_dying_is_slowed_and_never_given_up()
    {
        await LookAsync(seconds: 10);
        Assert.InRange(_machine.Started.Count, 2, 4);
        await LookAsync(seconds: 3600);

        Assert.InRange(_machine.Started.Count, 50, 70);
    }

    [Fact]
    public async Task After_a_calm_time_it_is_restarted_at_once_again()
    {
        await LookAsync(seconds: 300);
        _machine.InHand.Add("s1");
        await LookAsync(seconds: 600);
        var before = _machine.Started.Count;
        _machine.InHand.Clear();

        await LookAsync();

        Assert.Equal(before + 1, _machine.Started.Count);
    }

    [Fact]
    public async Task A_session_that_the_policy_leaves_alone_by_now_is_delivered()
    {
        _machine.NotRecorded = "exempt";

        await LookAsync(seconds: 5);

        Assert.Single(_machine.Started);
        Assert.Equal(["s1"], _machine.Recovered);
    }

    [Fact]
    public async Task A_start_that_fails_is_tried_again()
    {
        _machine.OnStart = _ => throw new ElevationException("no", FailureScope.Host, isTransient: true);
        await LookAsync();
        _machine.OnStart = _ => new StartReport(true, null, null, 0);

        await LookAsync(seconds: 5);

        Assert.InRange(_machine.Started.Count, 2, 3);
    }

    [Fact]
    public async Task While_the_system_does_not_say_who_is_logged_on_nobody_is_taken_for_logged_off()
    {
        _machine.DesktopTrouble = new PlatformException("no WTS", FailureScope.Host, isTransient: true);
        await LookAsync(seconds: 5);
        Assert.Empty(_machine.Recovered);
        Assert.Empty(_machine.Started);

        _machine.DesktopTrouble = null;
        await LookAsync();

        Assert.Equal([(":0", "s1")], _machine.Started);
    }

    [Fact]
    public async Task What_was_recorded_before_a_logoff_does_not_go_on_in_the_next_session_there()
    {
        _keeper.Forget(FakeMachine.Desktop(":0", "ada"));

        await LookAsync();

        Assert.Empty(_machine.Started);
        Assert.Equal(["s1"], _machine.Recovered);
    }

    [Fact]
    public async Task The_end_of_the_user_before_does_not_end_the_session_of_the_next_one_there()
    {
        _machine.Spool["s1"] = _machine.Spool["s1"] with { UserId = "id of ada" };
        _keeper.Forget(FakeMachine.Desktop(":0", "bob"));

        await LookAsync();

        Assert.Equal([(":0", "s1")], _machine.Started);
        Assert.Empty(_machine.Recovered);
    }

    private async Task LookAsync(int seconds = 1)
    {
        for (var second = 0; second < seconds; second++)
        {
            await _keeper.LookAsync(TestContext.Current.CancellationToken);
            _time.Advance(AgentKeeper.Interval);

            // What was begun goes on beside, on threads that a busy machine may not give at once.
            await (second % 50 == 0 ? Task.Delay(20, TestContext.Current.CancellationToken) : Task.Delay(0));
        }

        await Task.Delay(50, TestContext.Current.CancellationToken);
    }
}
