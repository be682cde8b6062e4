using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Processes;
using SessionRecorder.Host.Sessions;
using SessionRecorder.Host.Sessions.Linux;
using SessionRecorder.TestTools.Sessions;

namespace SessionRecorder.Tests.Sessions;

/// <summary>Whose session a display is, by its server and logind, without either.</summary>
[SupportedOSPlatform("linux")]
public sealed class LinuxSessionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sessions-test-").FullName;
    private readonly Fake _system;

    public LinuxSessionTests() => _system = new Fake(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_server_of_root_on_a_terminal_is_of_who_is_logged_on_there()
    {
        _system.Servers = [new XServer(0, 0, ["/usr/lib/xorg/Xorg", ":0", "-auth", "/var/run/lightdm/root/:0", "-nolisten", "tcp", "vt7"])];
        _system.Logins =
        [
            Login("3", 1000, ":0", terminal: 7) with { IsLocked = true },
            Login("c9", 1001, ":0", terminal: 0),
            Login("4", 1001, "", terminal: 2),
        ];

        var session = Assert.Single(_system.Read());

        Assert.Equal((":0", "ada", "1000", true, true), (session.SystemSession, session.User, session.UserId, session.IsConnected, session.IsLocked));
        Assert.True(session.IsOfUser);
        Assert.Equal(":0", session.Environment["DISPLAY"]);
        Assert.Equal("/var/run/lightdm/root/:0", session.Environment["XAUTHORITY"]);
    }

    [Fact]
    public void A_session_in_the_background_of_its_seat_is_not_connected()
    {
        _system.Servers = [new XServer(1, 1000, [":1", "vt3"])];
        _system.Logins = [Login("3", 1000, ":1", terminal: 3) with { IsActive = false }];

        Assert.False(Assert.Single(_system.Read()).IsConnected);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(120u)]
    public void A_logon_screen_is_no_session(uint owner)
    {
        _system.Servers = [new XServer(0, owner, [":0", "vt7"])];
        _system.Logins = [Login("c1", 120, ":0", terminal: 7) with { Class = "greeter" }];

        Assert.Empty(_system.Read());
    }

    [Fact]
    public void A_server_of_root_on_a_terminal_without_a_logon_is_of_nobody_yet()
    {
        _system.Servers = [new XServer(0, 0, [":0", "vt7"])];
        _system.Logins = [];

        Assert.Empty(_system.Read());
    }

    [Fact]
    public void A_display_that_two_users_claim_is_given_to_neither()
    {
        _system.Servers = [new XServer(5, 0, ["Xvfb", ":5"])];
        _system.Logins = [Login("1", 1000, ":5"), Login("2", 1001, ":5")];

        Assert.Empty(_system.Read());
    }

    [Fact]
    public void A_user_cannot_claim_the_display_of_another_user()
    {
        _system.Servers = [new XServer(1, 1000, [":1"])];
        _system.Logins = [Login("1", 1001, ":1") with { IsLocked = true }];

        var session = Assert.Single(_system.Read());
        Assert.Equal(("ada", false), (session.User, session.IsLocked));
    }

    [Fact]
    public void A_virtual_display_of_root_is_roots()
    {
        _system.Servers = [new XServer(99, 0, ["Xvfb", ":99", "-auth", "relative"])];

        var session = Assert.Single(_system.Read());

        Assert.Equal(("root", "0"), (session.User, session.UserId));
        Assert.False(session.IsOfUser);
        Assert.False(session.Environment.ContainsKey("XAUTHORITY"));
    }

    [Fact]
    public void A_user_whom_nobody_knows_is_named_by_the_number()
    {
        _system.Servers = [new XServer(3, 4242, [":3"])];

        Assert.Equal("4242", Assert.Single(_system.Read()).User);
    }

    [Fact]
    public void An_authority_file_of_a_users_server_must_be_that_users_own_file()
    {
        var own = Environment.IsPrivilegedProcess ? 0u : 1000u;
        Assert.SkipUnless(own == 0, "the file's owner is root here");
        var file = Path.Combine(_folder, "Xauthority");
        File.WriteAllText(file, "");
        var link = Path.Combine(_folder, "link");
        File.CreateSymbolicLink(link, file);

        // Root's own file, and a link to one, are not the user's.
        foreach (var path in (string[])[file, link, _folder, "/nonexistent", "/dev/zero"])
        {
            _system.Servers = [new XServer(1, 1000, [":1", "-auth", path])];
            Assert.False(Assert.Single(_system.Read()).Environment.ContainsKey("XAUTHORITY"), path);
        }
    }

    [Fact]
    public async Task A_display_server_that_is_gone_has_not_ended_a_session_that_logind_still_knows()
    {
        _system.Servers = [new XServer(0, 0, [":0", "vt7"])];
        _system.Logins = [Login("3", 1000, ":0", terminal: 7)];
        await using var watch = new Watched(new DesktopSessions(
            new LinuxSessionReader(() => _system.Servers, _system, _system, TimeProvider.System), TimeSpan.FromMinutes(10), NullLogger<DesktopSessions>.Instance));
        Assert.Equal(["LoggedOn :0"], await watch.TakeAsync(1));

        _system.Servers = [];
        _system.OnChange!();
        await Task.Delay(200, TestContext.Current.CancellationToken);
        _system.Logins = [Login("3", 1000, ":0", terminal: 7) with { State = "closing" }];
        _system.OnChange!();

        Assert.Equal(["LoggedOff :0"], await watch.TakeAsync(1));
    }

    [Fact]
    public async Task Logind_tells_its_sessions_and_their_changes()
    {
        await using var logind = await StandInLogind.StartAsync();
        logind.Set(new LogindEntry("c2", 1000, "ada", ":7", Terminal: 4));
        var client = new Logind(logind.Address, NullLogger<Logind>.Instance);

        Assert.Equal(
            [new LogindSession("c2", 1000, "user", "active", ":7", 4, IsActive: true, IsLocked: false)], client.List());

        var told = new SemaphoreSlim(0);
        using var listening = client.Listen(() => told.Release());
        Assert.True(await told.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken), "it never began to listen");
        logind.Set(new LogindEntry("c2", 1000, "ada", ":7", Terminal: 4, IsLocked: true));
        Assert.True(await told.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken), "no signal came");
        Assert.True(Assert.Single(client.List()!).IsLocked);
        logind.Remove("c2");
        Assert.True(await told.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken), "no signal came");
        Assert.Empty(client.List()!);
    }

    [Fact]
    public void A_logoff_ends_the_users_session_on_that_display_and_no_other()
    {
        _system.Servers = [new XServer(0, 0, [":0", "vt7"]), new XServer(1, 1001, [":1", "vt8"])];
        _system.Logins =
        [
            Login("3", 1000, ":0", terminal: 7),
            Login("c9", 1001, ":0", terminal: 0),
            Login("5", 1001, ":1", terminal: 8),
            Login("ssh", 1000, ""),
        ];

        _system.LogOff(_system.Read().Single(session => session.SystemSession == ":0"));

        Assert.Equal(["3"], _system.Terminated);
    }

    [Fact]
    public void A_session_of_another_user_that_claims_the_same_display_is_not_logged_off()
    {
        _system.Servers = [new XServer(5, 1000, ["Xvfb", ":5"])];
        _system.Logins = [Login("8", 1000, ":5"), Login("9", 1001, ":5"), Login("c1", 1000, ":5") with { State = "closing" }];

        _system.LogOff(Assert.Single(_system.Read()));

        Assert.Equal(["8"], _system.Terminated);
    }

    [Fact]
    public void A_display_that_logind_does_not_know_has_nobody_to_log_off_and_that_is_told()
    {
        _system.Servers = [new XServer(5, 1000, ["Xvfb", ":5"])];
        _system.Logins = null;

        var failure = Assert.Throws<PlatformException>(() => _system.LogOff(Assert.Single(_system.Read())));

        Assert.Contains(":5", failure.Message, StringComparison.Ordinal);
        Assert.Contains("OnFailure", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_the_displays_that_belong_to_no_login_the_oldest_four_of_a_user_are_sessions_and_the_others_are_told()
    {
        // The real desktop was there first, at whatever number; what was started beside it came later.
        _system.Servers =
        [
            .. Enumerable.Range(10, 16).Select(number => Server(number, 1000, startTicks: 9000 + (ulong)number)),
            Server(77, 1000, startTicks: 500),
            Server(80, 1001, startTicks: 99_999),
        ];

        var listed = _system.Read();
        var unseen = _system.ReadUnseen();

        Assert.Equal([":77", ":10", ":11", ":12", ":80"], listed.Select(session => session.SystemSession));
        Assert.All(listed, session => Assert.False(session.IsVouchedFor));
        Assert.Equal(Enumerable.Range(13, 13).Select(number => $":{number}"), unseen.Select(session => session.SystemSession));
        Assert.All(unseen, session => Assert.Equal("ada", session.User));
    }

    [Fact]
    public void A_display_that_was_found_first_is_not_pushed_out_by_older_processes_that_speak_later()
    {
        _system.Servers =
        [
            .. Enumerable.Range(10, 4).Select(number => Server(number, 1000, startTicks: 1) with { Turn = 2 }),
            Server(77, 1000, startTicks: 500) with { Turn = 1 },
        ];

        Assert.Contains(":77", _system.Read().Select(session => session.SystemSession));
    }

    [Fact]
    public void A_display_of_a_login_is_a_session_whatever_was_there_first_and_whatever_it_answers()
    {
        _system.Logins = [Login("c1", 1000, ":77")];
        _system.Servers =
        [
            .. Enumerable.Range(10, 6).Select(number => Server(number, 1000, startTicks: 100)),
            Server(77, 1000, startTicks: 9000) with { Answer = XAnswer.Silent },
        ];

        var listed = _system.Read();

        Assert.Equal(5, listed.Count);
        Assert.True(listed.Single(session => session.SystemSession == ":77").IsVouchedFor);
        Assert.Equal([":14", ":15"], _system.ReadUnseen().Select(session => session.SystemSession));
    }

    [Fact]
    public void A_login_speaks_for_one_display_alone_however_many_claim_its_terminal()
    {
        _system.Logins = [Login("3", 1000, "", terminal: 2)];
        _system.Servers =
        [
            .. Enumerable.Range(10, 6).Select(number => Server(number, 1000, startTicks: 9000, "Xvfb", "vt2")),
            Server(77, 1000, startTicks: 500, "Xorg", "vt2"),
        ];

        var listed = _system.Read();

        Assert.Equal([":77"], listed.Where(session => session.IsVouchedFor).Select(session => session.SystemSession));
        Assert.Equal(5, listed.Count);
    }

    [Fact]
    public void What_does_not_speak_as_an_X_server_is_no_session_and_one_that_cannot_be_asked_is_told()
    {
        _system.Servers =
        [
            new XServer(9, 1000, []) { Answer = XAnswer.Silent },
            new XServer(10, 1000, []) { Answer = XAnswer.Full },
        ];

        Assert.Empty(_system.Read());
        var unseen = Assert.Single(_system.ReadUnseen());
        Assert.Equal((":10", "ada"), (unseen.SystemSession, unseen.User));
        Assert.Contains("queue", unseen.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_graphical_login_without_a_display_is_told_once_it_had_time_to_come_up()
    {
        _system.Servers = [Server(1, 1000, startTicks: 1)];
        _system.Logins =
        [
            Login("seen", 1000, ":1") with { Type = "x11" },
            Login("away", 1000, ":7") with { Type = "x11" },
            Login("wl", 1001, "", terminal: 3) with { Type = "wayland", Since = DateTimeOffset.UtcNow.AddMinutes(-1) },
            Login("new", 1001, ":8") with { Type = "x11", Since = DateTimeOffset.UtcNow },
            Login("ssh", 1001, "") with { Type = "tty" },
            Login("gone", 1001, ":9") with { Type = "x11", State = "closing" },
            Login("screen", 120, ":0") with { Type = "x11", Class = "greeter" },
        ];

        var unseen = _system.ReadUnseen();

        Assert.Equal([(":7", "ada"), ("login wl", "grace")], unseen.Select(session => (session.SystemSession, session.User)));
        Assert.Contains("wayland", unseen[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logind_is_asked_to_end_the_one_session_that_is_named()
    {
        await using var logind = await StandInLogind.StartAsync();
        logind.Set(new LogindEntry("c2", 1000, "ada", ":7"));
        logind.Set(new LogindEntry("c3", 1001, "grace", ":8"));
        var client = new Logind(logind.Address, NullLogger<Logind>.Instance);

        client.Terminate("c2");

        Assert.Equal(["c2"], logind.Terminated);
        Assert.Equal("c3", Assert.Single(client.List()!).Id);
    }

    [Fact]
    public void Where_there_is_no_message_bus_there_is_no_logind()
    {
        var client = new Logind($"unix:path={_folder}/nothing", NullLogger<Logind>.Instance);

        Assert.Null(client.List());
        client.Listen(() => { }).Dispose();
    }

    private static LogindSession Login(string id, uint user, string display, uint terminal = 0) =>
        new(id, user, "user", "active", display, terminal, IsActive: true, IsLocked: false);

    private static XServer Server(int number, uint owner, ulong startTicks, params string[] arguments) =>
        new(number, owner, arguments) { Process = new LinuxProcess(int.MaxValue - number, startTicks) };

    private sealed class Fake(string folder) : ILogind, IUserDirectory
    {
        public IReadOnlyList<XServer> Servers { get; set; } = [];

        public IReadOnlyList<LogindSession>? Logins { get; set; }

        public Action? OnChange { get; private set; }

        public IReadOnlyList<DesktopSession> Read() => new LinuxSessionReader(() => Servers, this, this, TimeProvider.System).Read();

        public IReadOnlyList<UnseenSession> ReadUnseen() => new LinuxSessionReader(() => Servers, this, this, TimeProvider.System).ReadUnseen();

        public List<string> Terminated { get; } = [];

        public IReadOnlyList<LogindSession>? List() => Logins;

        public void Terminate(string id) => Terminated.Add(id);

        public void LogOff(DesktopSession session) => new LinuxSessionReader(() => Servers, this, this, TimeProvider.System).LogOff(session);

        public IDisposable Listen(Action onChange)
        {
            OnChange = onChange;
            return new MemoryStream();
        }

        public LinuxUser? Find(uint id) => id switch
        {
            0 => new LinuxUser("root", "/root"),
            1000 => new LinuxUser("ada", folder),
            1001 => new LinuxUser("grace", folder),
            _ => null,
        };
    }
}
