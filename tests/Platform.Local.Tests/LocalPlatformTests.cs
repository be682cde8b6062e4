using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class LocalPlatformTests
{
    [Fact]
    public async Task It_never_claims_a_machine_for_it_is_what_remains()
    {
        Assert.Equal("local", Platform(new FakeSystem()).Name);
        Assert.False(await Platform(new FakeSystem()).IsCurrentAsync(CancellationToken.None));
    }

    [Fact]
    public async Task The_display_and_key_of_the_environment_are_the_sessions()
    {
        var system = new FakeSystem
        {
            Variables = { ["DISPLAY"] = ":3.0", ["XAUTHORITY"] = "/run/key", ["HOME"] = "/home/ada" },
            Files = { "/home/ada/.Xauthority" },
            Running = [0, 1],
        };

        var session = await WaitAsync(system);

        Assert.Equal(":3", session.SystemSession);
        Assert.Equal("ada", session.User);
        Assert.Equal("desk-1", session.Host);
        Assert.Equal(
            new Dictionary<string, string> { ["DISPLAY"] = ":3.0", ["XAUTHORITY"] = "/run/key" }, session.Environment);
    }

    [Fact]
    public async Task Options_go_before_the_environment()
    {
        var system = new FakeSystem { Variables = { ["DISPLAY"] = ":3", ["XAUTHORITY"] = "/run/key" } };
        var options = new LocalPlatformOptions { Display = ":7", XAuthority = "/etc/key" };

        var session = await Platform(system, options).WaitForSessionAsync(new SessionQuery(), CancellationToken.None);

        Assert.Equal(":7", session.SystemSession);
        Assert.Equal(
            new Dictionary<string, string> { ["DISPLAY"] = ":7", ["XAUTHORITY"] = "/etc/key" }, session.Environment);
    }

    [Fact]
    public async Task The_only_display_of_the_machine_is_taken_when_none_is_named()
    {
        var system = new FakeSystem
        {
            Running = [5],
            Variables = { ["HOME"] = "/home/ada" },
            Files = { "/home/ada/.Xauthority" },
        };

        var session = await WaitAsync(system);

        Assert.Equal(":5", session.SystemSession);
        Assert.Equal("/home/ada/.Xauthority", session.Environment["XAUTHORITY"]);
    }

    [Fact]
    public async Task A_key_file_that_is_not_there_is_not_named()
    {
        var system = new FakeSystem { Running = [5], Variables = { ["HOME"] = "/home/ada" } };

        Assert.Equal(["DISPLAY"], (await WaitAsync(system)).Environment.Keys);
    }

    [Fact]
    public async Task Without_any_display_it_fails_at_once_and_says_what_to_set()
    {
        var failure = await Assert.ThrowsAsync<PlatformException>(() => WaitAsync(new FakeSystem()));

        Assert.False(failure.IsTransient);
        Assert.Contains("DISPLAY", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_displays_none_is_guessed()
    {
        var failure = await Assert.ThrowsAsync<PlatformException>(() => WaitAsync(new FakeSystem { Running = [0, 12] }));

        Assert.False(failure.IsTransient);
        Assert.Contains(":0, :12", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData(":x")]
    [InlineData(":0;rm")]
    [InlineData("a b:0")]
    public async Task A_display_variable_that_is_none_is_refused_by_name(string display)
    {
        var failure = await Assert.ThrowsAsync<PlatformException>(
            () => WaitAsync(new FakeSystem { Variables = { ["DISPLAY"] = display } }));

        Assert.False(failure.IsTransient);
        Assert.Contains($"'{display}'", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("display", null, false)]
    [InlineData(":0", "relative/path", false)]
    [InlineData(":0", "/home/ada/.Xauthority", true)]
    [InlineData("host.example:10.1", null, true)]
    [InlineData(null, null, true)]
    public void Options_are_validated_by_their_form(string? display, string? authority, bool isValid)
    {
        var options = new LocalPlatformOptions { Display = display, XAuthority = authority };

        Assert.Equal(isValid, Validator.TryValidateObject(options, new ValidationContext(options), [], true));
    }

    [Fact]
    public async Task On_Windows_the_session_is_the_process_s_own_and_needs_no_environment()
    {
        var session = await WaitAsync(new FakeSystem { IsWindows = true, WindowsSession = 2 });

        Assert.Equal("2", session.SystemSession);
        Assert.Equal("CORP", session.Domain);
        Assert.Empty(session.Environment);
    }

    [Theory]
    [InlineData(":9", false)]
    [InlineData(":9.0", false)]
    [InlineData("3", true)]
    public async Task A_session_that_is_named_is_of_its_user_with_that_users_keys_whatever_this_environment_says(string named, bool isWindows)
    {
        var system = new FakeSystem
        {
            IsWindows = isWindows, User = "root", Variables = { ["DISPLAY"] = ":1", ["XAUTHORITY"] = "/root/key", ["HOME"] = "/root" },
        };
        var sessions = new ListedSessions(
            ListedSessions.Of(":1", "root", "0"),
            ListedSessions.Of(isWindows ? "3" : ":9", "Grace Höpper", "1001", ("DISPLAY", ":9"), ("XAUTHORITY", "/run/user/1001/key")));

        var session = await new LocalPlatform(new LocalPlatformOptions { XAuthority = "/etc/key" }, system, sessions, TimeProvider.System)
            .WaitForSessionAsync(new SessionQuery("id", named), CancellationToken.None);

        Assert.Equal(("Grace Höpper", "1001", isWindows ? "3" : ":9"), (session.User, session.UserId, session.SystemSession));
        Assert.Equal("/run/user/1001/key", session.Environment["XAUTHORITY"]);
        Assert.Equal(":9", session.Environment["DISPLAY"]);
    }

    [Fact]
    public async Task A_session_that_does_not_exist_is_refused_and_those_that_do_are_named()
    {
        var platform = new LocalPlatform(
            new LocalPlatformOptions(), new FakeSystem(), new ListedSessions(ListedSessions.Of(":1", "ada", "1000")), TimeProvider.System);

        var failure = await Assert.ThrowsAsync<PlatformException>(
            () => platform.WaitForSessionAsync(new SessionQuery("id", ":4"), CancellationToken.None));

        Assert.Contains("':4'", failure.Message, StringComparison.Ordinal);
        Assert.Contains(":1", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_id_that_is_given_is_kept()
    {
        var system = new FakeSystem { Running = [0] };

        var session = await Platform(system).WaitForSessionAsync(new SessionQuery("my-Session_1.a"), CancellationToken.None);

        Assert.Equal("my-Session_1.a", session.Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\n")]
    [InlineData("ä")]
    public async Task An_id_that_breaks_the_rules_is_refused(string id)
    {
        var platform = Platform(new FakeSystem { Running = [0] });

        var failure = await Assert.ThrowsAsync<PlatformException>(
            () => platform.WaitForSessionAsync(new SessionQuery(id), CancellationToken.None));

        Assert.False(failure.IsTransient);
        await Assert.ThrowsAsync<PlatformException>(
            () => platform.WaitForSessionAsync(new SessionQuery(new string('a', 129)), CancellationToken.None));
    }

    [Fact]
    public async Task Ids_that_are_made_are_unique_sort_by_time_and_keep_the_rules_whatever_the_host_is_called()
    {
        var time = new SettableTime();
        var system = new FakeSystem { Running = [0], Host = "büro/" + new string('x', 300) };
        var platform = new LocalPlatform(new LocalPlatformOptions(), system, ListedSessions.On(system.Running), time);

        var first = (await platform.WaitForSessionAsync(new SessionQuery(), CancellationToken.None)).Id;
        var twin = (await platform.WaitForSessionAsync(new SessionQuery(), CancellationToken.None)).Id;
        time.Now += TimeSpan.FromSeconds(1);
        var later = (await platform.WaitForSessionAsync(new SessionQuery(), CancellationToken.None)).Id;

        Assert.Matches(new Regex("^20261123T080000Z-b-ro-x{59}-[0-9a-f]{6}$"), first);
        Assert.NotEqual(first, twin);
        Assert.True(string.CompareOrdinal(twin, later) < 0 && string.CompareOrdinal(first, later) < 0);
    }

    [Fact]
    public async Task The_session_is_described_and_has_its_place_in_storage()
    {
        var platform = Platform(new FakeSystem { Running = [0], User = "ada/../x" });
        var session = await platform.WaitForSessionAsync(new SessionQuery(), CancellationToken.None);

        var metadata = await platform.GetMetadataAsync(session, CancellationToken.None);

        Assert.Equal(["architecture", "display", "os"], metadata.Keys.Order());
        Assert.All(metadata.Values, Assert.NotEmpty);
        Assert.Equal(["local", "desk-1", "ada/../x"], platform.GetStoragePath(session, metadata));
    }

    private static LocalPlatform Platform(FakeSystem system, LocalPlatformOptions? options = null) =>
        new(options ?? new LocalPlatformOptions(), system, ListedSessions.On(system.Running), TimeProvider.System);

    private static Task<UserSession> WaitAsync(FakeSystem system) =>
        Platform(system).WaitForSessionAsync(new SessionQuery(), CancellationToken.None);

    private sealed class SettableTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
