using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Service;
using SessionRecorder.Host.Service.Channel;

namespace SessionRecorder.Tests.Service;

/// <summary>Who may ask the service for what.</summary>
public sealed class RequestTests
{
    private readonly FakeMachine _machine = new();

    public RequestTests() =>
        _machine.Desktops.AddRange([FakeMachine.Desktop(":0", "ada", "1000"), FakeMachine.Desktop(":1", "bob", "1001")]);

    [Fact]
    public async Task A_user_who_names_nothing_gets_the_only_session_of_his_own()
    {
        var answer = await AskAsync(User("1001"));

        Assert.True(answer.Recording);
        Assert.Equal([(":1", null)], _machine.Started);
    }

    [Theory]
    [InlineData(":0")]
    [InlineData(":7")]
    [InlineData("")]
    public async Task Whatever_he_names_that_is_not_his_own_is_refused_alike(string named)
    {
        var answer = await AskAsync(User("1001"), named);

        Assert.False(answer.Recording);
        Assert.Equal($"you have no session {named} on this machine", answer.Error);
        Assert.Empty(_machine.Started);
    }

    [Theory]
    [InlineData("exam", null)]
    [InlineData(null, "local")]
    public async Task A_user_names_neither_an_id_nor_a_platform(string? id, string? platform)
    {
        var answer = await AskAsync(User("1000"), ":0", id, platform);

        Assert.Equal(2, answer.ExitCode);
        Assert.Empty(_machine.Started);
    }

    [Fact]
    public async Task With_several_sessions_of_his_own_he_says_which()
    {
        _machine.Desktops.Add(FakeMachine.Desktop(":2", "ada", "1000"));

        Assert.Contains(":0, :2", (await AskAsync(User("1000"))).Error, StringComparison.Ordinal);
        Assert.True((await AskAsync(User("1000"), ":2")).Recording);
        Assert.Equal([(":2", null)], _machine.Started);
    }

    [Fact]
    public async Task On_Windows_the_session_is_the_one_that_the_system_says_he_is_in()
    {
        _machine.Desktops.AddRange([FakeMachine.Desktop("2", "eve", "S-1-5-21-1"), FakeMachine.Desktop("3", "eve", "S-1-5-21-1")]);

        Assert.True((await AskAsync(new Caller("S-1-5-21-1", IsAdministrator: false, "3"))).Recording);
        Assert.Equal([("3", null)], _machine.Started);
    }

    [Fact]
    public async Task An_administrator_in_Windows_session_of_services_means_the_only_session_that_has_a_desktop()
    {
        _machine.Desktops.Clear();
        _machine.Desktops.Add(FakeMachine.Desktop("2", "eve", "S-1-5-21-1"));

        Assert.True((await AskAsync(new Caller("S-1-5-21-500", IsAdministrator: true, "0"))).Recording);
        Assert.Equal([("2", null)], _machine.Started);
    }

    [Fact]
    public async Task A_session_whose_user_the_system_does_not_tell_is_nobodys()
    {
        _machine.Desktops.Add(new DesktopSession { SystemSession = ":9", User = "carol" });

        Assert.False((await AskAsync(User("1002"), ":9")).Recording);
        Assert.Empty(_machine.Started);
    }

    [Fact]
    public async Task Administrators_name_any_session_and_its_id()
    {
        Assert.True((await AskAsync(new Caller("0", IsAdministrator: true), ":1", "exam")).Recording);
        Assert.Equal([(":1", "exam")], _machine.Started);
    }

    [Fact]
    public async Task Who_hides_gets_nothing()
    {
        Assert.False((await AskAsync(null)).Recording);
        Assert.Empty(_machine.Started);
    }

    [Fact]
    public async Task A_recording_that_does_not_begin_is_told_with_its_reason_and_code()
    {
        _machine.OnStart = _ => new StartReport(false, "no ffmpeg", "install it", 2, AgentEnds: true);

        Assert.Equal(new RecordAnswer("new", false, false, "no ffmpeg", "install it", 2), await AskAsync(User("1000")));
    }

    [Fact]
    public async Task A_session_that_the_policy_leaves_alone_is_told_so()
    {
        _machine.NotRecorded = "exempt";

        var answer = await AskAsync(User("1000"));

        Assert.Equal(("exempt", false, 0), (answer.NotRecorded, answer.Recording, answer.ExitCode));
    }

    [Fact]
    public async Task A_system_that_cannot_be_asked_is_an_answer_and_no_failure_of_the_service()
    {
        _machine.DesktopTrouble = new PlatformException("no WTS", FailureScope.Host, isTransient: true, "wait");

        var answer = await AskAsync(User("1000"));

        Assert.Equal(("no WTS", "wait", 3), (answer.Error, answer.Remedy, answer.ExitCode));
    }

    [Fact]
    public async Task A_user_learns_of_his_own_sessions_alone_whether_they_are_recorded()
    {
        _machine.Desktops.Add(FakeMachine.Desktop(":2", "ada", "1000"));
        _machine.AddAgent("s0", ":0");
        _machine.AddAgent("s1", ":1");
        _machine.AddAgent("s2", ":2", AgentStatus.Stopping);

        var answer = await Handler().For(() => User("1000")).GetOwnSessionsAsync();

        Assert.Equal([new OwnSession(":0", true), new OwnSession(":2", false)], answer.Sessions);
    }

    [Fact]
    public async Task A_user_who_asks_and_hangs_up_again_and_again_does_not_pile_up_work_and_others_are_served()
    {
        var gate = new TaskCompletionSource();
        _machine.StartGate = gate.Task;
        var handler = Handler();
        var asked = Enumerable.Range(0, 50).Select(_ => AskAsync(handler, "1000")).ToArray();
        Assert.Equal(4, _machine.Started.Count);
        Assert.Equal(46, asked.Count(answer => answer.IsCompleted));

        var other = AskAsync(handler, "1001");
        Assert.Equal(5, _machine.Started.Count);
        gate.SetResult();

        Assert.True((await other).Recording);
        Assert.Equal(4, (await Task.WhenAll(asked)).Count(answer => answer.Recording));
        Assert.True((await AskAsync(handler, "1000")).Recording);
    }

    private static Task<RecordAnswer> AskAsync(RequestHandler handler, string user) =>
        handler.For(() => User(user)).RecordAsync(new RecordRequest(null, null, null, 10));

    private static Caller User(string id) => new(id, IsAdministrator: false);

    private RequestHandler Handler() => new(_machine, _machine, NullLogger<RequestHandler>.Instance);

    private Task<RecordAnswer> AskAsync(Caller? caller, string? session = null, string? id = null, string? platform = null) =>
        Handler().For(() => caller).RecordAsync(new RecordRequest(session, id, platform, 10));
}
