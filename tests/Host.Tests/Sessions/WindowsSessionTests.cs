using System.ComponentModel;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SessionRecorder.Host.Sessions;
using SessionRecorder.Host.Sessions.Windows;

namespace SessionRecorder.Tests.Sessions;

public sealed class WindowsSessionTests
{
    [Fact]
    public async Task A_host_of_several_sessions_shows_those_of_users_alone()
    {
        var sessions = await List(RecordedWts.Host());

        Assert.Equal(["11", "2", "3"], sessions.Select(s => s.SystemSession));
        Assert.Equal(["Łukasz Żółć 山田", "ada", "Grace Hopper"], sessions.Select(s => s.User));
        Assert.Equal(["DESK-1", "CORP", "CORP"], sessions.Select(s => s.Domain));
        Assert.Equal(["S-1-5-21-9-9-9-500", "S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1002"], sessions.Select(s => s.UserId));
        Assert.Equal([true, true, false], sessions.Select(s => s.IsConnected));
        Assert.Equal([false, false, true], sessions.Select(s => s.IsLocked));
    }

    [Fact]
    public async Task A_lock_flag_that_cannot_be_had_means_not_locked()
    {
        var wts = RecordedWts.Host();
        wts.Locks.Clear();

        Assert.All(await List(wts), session => Assert.False(session.IsLocked));
    }

    [Fact]
    public void Who_may_not_see_tokens_finds_the_sid_by_name_and_asks_once()
    {
        var wts = RecordedWts.Host();
        wts.Tokens.Clear();
        wts.Names[@"CORP\ada"] = "S-1-5-21-1-2-3-1001";
        var time = new FakeTimeProvider();
        var reader = wts.Reader(time);

        Assert.Equal("S-1-5-21-1-2-3-1001", reader.Read().Single(s => s.User == "ada").UserId);
        Assert.Null(reader.Read().Single(s => s.User == "Grace Hopper").UserId);
        Assert.Equal(3, wts.NameQuestions);

        // What was not known is asked for again, later.
        wts.Names[@"CORP\Grace Hopper"] = "S-1-5-21-1-2-3-1002";
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("S-1-5-21-1-2-3-1002", reader.Read().Single(s => s.User == "Grace Hopper").UserId);
        Assert.Equal(5, wts.NameQuestions);
    }

    [Fact]
    public async Task A_logoff_is_of_the_session_with_that_number()
    {
        var wts = RecordedWts.Host();
        var grace = (await List(wts)).Single(session => session.User == "Grace Hopper");

        wts.Reader().LogOff(grace);

        Assert.Equal([3], wts.LoggedOff);
    }

    [Fact]
    public async Task A_refused_logoff_names_the_session_and_the_error()
    {
        var wts = RecordedWts.Host();
        var ada = (await List(wts)).Single(session => session.User == "ada");
        wts.Failure = new Win32Exception(5);

        var failure = Assert.Throws<PlatformException>(() => wts.Reader().LogOff(ada));

        Assert.Contains("ada off session 2", failure.Message, StringComparison.Ordinal);
        Assert.Contains("error 5", failure.Message, StringComparison.Ordinal);
        Assert.Contains("LocalSystem", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_enumeration_names_its_error_and_what_to_look_at()
    {
        var failure = await Assert.ThrowsAsync<PlatformException>(() => List(new RecordedWts { Failure = new Win32Exception(1722) }));

        Assert.True(failure.IsTransient);
        Assert.Contains("1722", failure.Message, StringComparison.Ordinal);
        Assert.Contains("TermService", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_windows_that_enumerates_nothing_has_its_own_session()
    {
        var session = Assert.Single(await List(new RecordedWts()));

        Assert.Equal(("1", "root", "DESK-1"), (session.SystemSession, session.User, session.Domain));
    }

    [Fact]
    public async Task A_service_on_a_windows_that_enumerates_nothing_sees_no_session() =>
        Assert.Empty(await List(new RecordedWts { OwnSession = 0 }));

    [Fact]
    public async Task Events_bring_the_changes_at_once_in_order()
    {
        var wts = RecordedWts.Host();
        await using var watch = new Watched(new DesktopSessions(wts.Reader(), TimeSpan.FromMinutes(10), NullLogger<DesktopSessions>.Instance));
        Assert.Equal(["LoggedOn 11", "LoggedOn 2", "LoggedOn 3"], await watch.TakeAsync(3));

        wts.Locks[2] = WtsLock.Locked;
        wts.OnChange!();
        Assert.Equal(["Locked 2"], await watch.TakeAsync(1));
        wts.Rows = [.. wts.Rows.Select(row => row.Id == 2 ? row with { State = WtsState.Disconnected } : row)];
        wts.OnChange!();
        Assert.Equal(["Disconnected 2"], await watch.TakeAsync(1));
        wts.Rows = [.. wts.Rows.Select(row => row.Id == 2 ? row with { State = WtsState.Active } : row)];
        wts.Locks[2] = WtsLock.Unlocked;
        wts.OnChange!();
        Assert.Equal(["Connected 2", "Unlocked 2"], await watch.TakeAsync(2));
        wts.Rows = [.. wts.Rows.Where(row => row.Id != 3), new(12, WtsState.Active, "new", "CORP")];
        wts.OnChange!();
        Assert.Equal(["LoggedOff 3", "LoggedOn 12"], await watch.TakeAsync(2));
    }

    [Fact]
    public async Task Changes_without_an_event_are_found_by_looking()
    {
        var wts = RecordedWts.Host();
        await using var watch = new Watched(
            new DesktopSessions(wts.Reader(), TimeSpan.FromMilliseconds(50), NullLogger<DesktopSessions>.Instance));
        await watch.TakeAsync(3);

        wts.Rows = [.. wts.Rows.Where(row => row.Id != 2)];

        Assert.Equal(["LoggedOff 2"], await watch.TakeAsync(1));
    }

    [Fact]
    public async Task Sessions_that_cannot_be_read_for_a_while_have_not_ended()
    {
        var wts = RecordedWts.Host();
        await using var watch = new Watched(
            new DesktopSessions(wts.Reader(), TimeSpan.FromMilliseconds(20), NullLogger<DesktopSessions>.Instance));
        await watch.TakeAsync(3);

        wts.Failure = new Win32Exception(1722);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        wts.Rows = [.. wts.Rows.Where(row => row.Id != 11)];
        wts.Failure = null;

        Assert.Equal(["LoggedOff 11"], await watch.TakeAsync(1));
    }

    [Fact]
    public async Task A_session_that_is_another_users_now_is_told_as_an_end_and_a_beginning()
    {
        var wts = RecordedWts.Host();
        await using var watch = new Watched(
            new DesktopSessions(wts.Reader(), TimeSpan.FromMilliseconds(20), NullLogger<DesktopSessions>.Instance));
        await watch.TakeAsync(3);

        wts.Rows = [.. wts.Rows.Select(row => row.Id == 2 ? row with { User = "eve" } : row)];

        Assert.Equal(["LoggedOff 2", "LoggedOn 2"], await watch.TakeAsync(2));
    }

    private static Task<IReadOnlyList<DesktopSession>> List(RecordedWts wts) =>
        new DesktopSessions(wts.Reader(), TimeSpan.FromMinutes(10), NullLogger<DesktopSessions>.Instance)
            .ListAsync(TestContext.Current.CancellationToken);
}
