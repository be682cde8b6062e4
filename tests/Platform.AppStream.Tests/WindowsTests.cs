using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>A Windows instance, its registry prepared: what the user can write decides nothing and is marked.</summary>
public sealed class WindowsTests
{
    private const string Sid = "S-1-5-21-1-2-3-1001";
    private const string MachineKey = @"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment\";
    private const string UserKey = $@"HKU\{Sid}\Environment\";

    private readonly FakeRegistry _registry = new();
    private readonly FakeSessions _sessions = new(FakeSessions.Session("2", "Ada Løvelace 名", sid: Sid));

    public WindowsTests()
    {
        _registry.Values[MachineKey + "AppStream_Resource_Type"] = "fleet";
        _registry.Values[MachineKey + "AppStream_Resource_Name"] = "fleet-1";
        _registry.Values[UserKey + "AppStream_Stack_Name"] = "stack-1";
        _registry.Values[UserKey + "AppStream_UserName"] = "ada@example.com";
        _registry.Values[UserKey + "AppStream_Session_ID"] = "5f2b-77";
    }

    [Fact]
    public async Task It_is_AppStream_by_the_machines_own_variables()
    {
        Assert.True(await Platform().IsCurrentAsync(CancellationToken.None));

        _registry.Values.Remove(MachineKey + "AppStream_Resource_Type");
        Assert.False(await Platform().IsCurrentAsync(CancellationToken.None));
    }

    [Fact]
    public async Task What_stands_in_the_users_hive_is_marked_and_the_machines_is_not()
    {
        _registry.Values[UserKey + "AppStream_Resource_Name"] = "forged";
        _registry.Values[UserKey + "APPSTREAM_SESSION_CONTEXT"] = "x";
        var platform = Platform();

        var session = await platform.WaitForSessionAsync(new SessionQuery(), CancellationToken.None);
        var metadata = await platform.GetMetadataAsync(session, CancellationToken.None);

        Assert.Equal("fleet-1", metadata["AppStream_Resource_Name"]);
        Assert.Equal("stack-1", metadata["untrusted.AppStream_Stack_Name"]);
        Assert.Equal("x", metadata["untrusted.APPSTREAM_SESSION_CONTEXT"]);
        Assert.DoesNotContain("AppStream_Stack_Name", metadata.Keys);
        Assert.Equal(["stack-1", "fleet-1"], platform.GetStoragePath(session, metadata));
        Assert.DoesNotContain(_registry.Asked, path => path.Contains(@"HKU\", StringComparison.Ordinal) && path.EndsWith("AppStream_Resource_Name", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_id_that_the_user_could_have_chosen_never_is_that_of_another_recording()
    {
        var platform = Platform();

        var first = await platform.WaitForSessionAsync(new SessionQuery(), CancellationToken.None);
        var second = await platform.WaitForSessionAsync(new SessionQuery(), CancellationToken.None);

        Assert.Matches("^5f2b-77-[0-9a-f]{6}$", first.Id);
        Assert.NotEqual(first.Id, second.Id);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../../etc")]
    [InlineData("a/b")]
    [InlineData(@"a\b")]
    [InlineData("a b")]
    [InlineData("名前")]
    [InlineData("a\nb")]
    [InlineData(".hidden")]
    public async Task A_forged_name_becomes_neither_an_id_nor_a_place(string forged)
    {
        _registry.Values[UserKey + "AppStream_Session_ID"] = forged;
        _registry.Values[UserKey + "AppStream_Stack_Name"] = forged;
        var platform = Platform();

        var session = await platform.WaitForSessionAsync(new SessionQuery(), CancellationToken.None);
        var metadata = await platform.GetMetadataAsync(session, CancellationToken.None);

        Assert.Matches(@"^[0-9]{8}T[0-9]{6}Z-[A-Za-z0-9._\-]+-[0-9a-f]{6}$", session.Id);
        Assert.Equal(["unknown", "fleet-1"], platform.GetStoragePath(session, metadata));
        Assert.Equal(forged, metadata["untrusted.AppStream_Stack_Name"]);
    }

    [Fact]
    public void A_forged_name_cannot_make_a_key_too_long_to_be_stored()
    {
        var path = Platform().GetStoragePath(
            new UserSession { Id = "s", User = "u", Host = "h", SystemSession = "2" },
            new Dictionary<string, string> { ["untrusted.AppStream_Stack_Name"] = new('a', 2000) });

        Assert.Equal(["unknown", "unknown"], path);
    }

    [Fact]
    public async Task An_agent_that_is_not_told_the_SID_finds_it_by_the_session_or_else_by_the_name()
    {
        var session = new UserSession { Id = "s", User = "Ada Løvelace 名", Host = "h", SystemSession = "2" };
        Assert.Equal("stack-1", (await Platform().GetMetadataAsync(session, CancellationToken.None))["untrusted.AppStream_Stack_Name"]);

        _sessions.Set(FakeSessions.Session("2", "somebody else", sid: "S-1-5-21-9"));
        _registry.Sids[session.User] = Sid;
        Assert.Equal("stack-1", (await Platform().GetMetadataAsync(session, CancellationToken.None))["untrusted.AppStream_Stack_Name"]);

        _registry.Sids.Clear();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        Assert.DoesNotContain("untrusted.AppStream_Stack_Name", (await Platform().GetMetadataAsync(session, cancelled.Token)).Keys);
    }

    [Fact]
    public async Task What_was_known_before_the_wait_was_cancelled_is_returned_though_the_sessions_can_no_longer_be_listed()
    {
        _registry.Values.Remove(MachineKey + "AppStream_Resource_Name");
        using var cancelled = new CancellationTokenSource();
        var session = new UserSession { Id = "s", User = "Ada Løvelace 名", Host = "h", SystemSession = "2" };
        var asking = Platform().GetMetadataAsync(session, cancelled.Token);
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.False(asking.IsCompleted);

        await cancelled.CancelAsync();

        Assert.Equal("stack-1", (await asking)["untrusted.AppStream_Stack_Name"]);
    }

    private AppStreamPlatform Platform() =>
        new(new AppStreamOptions(), new WindowsAppStream(_registry), _sessions.Lazily(), TimeProvider.System);
}
