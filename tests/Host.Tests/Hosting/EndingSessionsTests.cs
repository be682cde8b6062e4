using SessionRecorder.Host.Hosting;

namespace SessionRecorder.Tests.Hosting;

/// <summary>Whose recording a hook at a session's end may stop.</summary>
public sealed class EndingSessionsTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    [Fact]
    public void The_only_session_of_a_machine_is_the_one_that_ends() =>
        Assert.Equal(["a"], Choose(null, [Recording("a", "2")], [Session("2")]));

    [Fact]
    public void Of_two_that_are_both_there_none_is_stopped_for_the_other() =>
        Assert.Empty(Choose(null, [Recording("a", "2"), Recording("b", "3")], [Session("2"), Session("3")]));

    [Fact]
    public void One_whose_session_is_over_is_stopped_and_so_is_the_last_that_is_left() =>
        Assert.Equal(["a", "b"], Choose(null, [Recording("a", "2"), Recording("b", "3")], [Session("3")]));

    [Fact]
    public void One_whose_session_is_over_is_stopped_and_two_that_are_there_are_not() =>
        Assert.Equal(
            ["a"],
            Choose(null, [Recording("a", "2"), Recording("b", "3"), Recording("c", "4")], [Session("3"), Session("4")]));

    [Fact]
    public void One_that_only_delivers_is_not_in_the_way_of_the_last() =>
        Assert.Equal(["a", "b"], Choose(null, [Recording("a", "2") with { IsStopping = true }, Recording("b", "3")], [Session("2"), Session("3")]));

    [Fact]
    public void The_end_of_a_session_that_nobody_records_stops_nobody_elses_recording() =>
        Assert.Empty(Choose(null, [Recording("a", "2")], [Session("2"), Session("3", "left alone")]));

    [Fact]
    public void Another_display_of_the_same_user_does_not_keep_his_recording_from_being_stopped()
    {
        var (real, fake) = (Session(":7") with { UserId = "1000" }, Session(":9") with { UserId = "1000" });
        var recording = Recording("a", ":7") with { UserId = "1000" };

        Assert.Equal(["a"], Choose(null, [recording], [real, fake]));
        Assert.Equal(["a", "b"], Choose(null, [recording, Recording("b", ":9") with { UserId = "1000" }], [real, fake]));
        Assert.Empty(Choose(null, [recording], [real, fake with { UserId = "1001" }]));
    }

    [Fact]
    public void A_session_of_roots_own_is_no_users() =>
        Assert.Equal(["a"], Choose(null, [Recording("a", ":1")], [Session(":0", "root") with { UserId = "0" }, Session(":1")]));

    [Fact]
    public void A_user_of_Windows_who_is_called_root_is_somebody_else() =>
        Assert.Empty(Choose(null, [Recording("a", "2")], [Session("2"), Session("3", "root") with { UserId = "S-1-5-21-1-2-3-1001" }]));

    [Fact]
    public void After_the_event_only_what_is_over_or_disconnected_is_stopped() =>
        Assert.Equal(
            ["a", "b"],
            EndingSessions.ChooseLeft(
                [Recording("a", "2"), Recording("b", "3"), Recording("c", "4")],
                [Session("3") with { IsConnected = false }, Session("4")]));

    [Fact]
    public void After_the_event_the_only_recording_goes_on_where_its_session_does()
    {
        Assert.Empty(EndingSessions.ChooseLeft([Recording("a", "2")], [Session("2")]));
        Assert.Empty(EndingSessions.ChooseLeft([Recording("a", "2")], null));
    }

    [Theory]
    [InlineData("b", "id")]
    [InlineData("b-1a2b3c", "id")]
    [InlineData("20261123T080000Z-host-1a2b3c", "b")]
    public void The_one_that_the_hook_is_told_is_stopped_whatever_is_there(string id, string metadata) =>
        Assert.Equal(
            [id],
            Choose(
                "b",
                [Recording("a", "2"), Recording(id, "3") with { Metadata = new Dictionary<string, string> { ["AppStream_Session_ID"] = metadata } }],
                [Session("2"), Session("3")]));

    [Fact]
    public void Two_that_claim_the_same_id_prove_nothing() =>
        Assert.Empty(Choose("b", [Recording("b-1a2b3c", "2"), Recording("b-4d5e6f", "3")], [Session("2"), Session("3")]));

    [Fact]
    public void An_id_that_nobody_has_changes_nothing() =>
        Assert.Equal(["a"], Choose("x", [Recording("a", "2")], [Session("2")]));

    [Fact]
    public void Where_the_system_cannot_be_asked_only_a_single_recording_is_stopped()
    {
        Assert.Equal(["a"], Choose(null, [Recording("a", "2")], null));
        Assert.Empty(Choose(null, [Recording("a", "2"), Recording("b", "3")], null));
    }

    [Fact]
    public void A_machine_whose_sessions_the_policy_excepts_has_nothing_to_stop_and_says_why()
    {
        Assert.Equal("eve is not recorded", Excepted(Session("2", "eve")));
        Assert.Equal("eve is not recorded", Excepted(Session(":0", "root") with { UserId = "0" }, Session("2", "eve"), Session("3", "eve")));
        Assert.Null(Excepted(Session("2", "eve"), Session("3", "ada")));
        Assert.Null(Excepted());
        Assert.Null(Excepted(Session(":0", "root") with { UserId = "0" }));
        Assert.Null(EndingSessions.FindExcepted(null, _ => "no"));

        static string? Excepted(params DesktopSession[] sessions) =>
            EndingSessions.FindExcepted(sessions, session => session.User == "ada" ? null : $"{session.User} is not recorded");
    }

    private static IReadOnlyList<string> Choose(string? told, EndingCandidate[] recordings, DesktopSession[]? sessions) =>
        EndingSessions.Choose(told, recordings, sessions);

    private static EndingCandidate Recording(string id, string systemSession) => new(id, systemSession, IsStopping: false, Nothing);

    private static DesktopSession Session(string name, string user = "somebody") => new() { SystemSession = name, User = user };
}
