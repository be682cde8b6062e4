using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>A Linux instance: its files, and who may have written them.</summary>
public sealed class LinuxTests : IDisposable
{
    private const string User = "export AppStream_Stack_Name=stack-1\nexport AppStream_UserName=\"ada l\"\nexport AppStream_Session_ID=a1b2-c3\nexport PATH=/tmp\n";
    private const string System = "export AppStream_Resource_Type=fleet\nexport AppStream_Resource_Name=fleet-1\nexport APPSTREAM_SESSION_CONTEXT='--admin'\n";

    private readonly Instance _instance = new();
    private readonly FakeSessions _sessions = new(FakeSessions.Session(":1", "ada", sid: "1000"));

    public void Dispose() => _instance.Dispose();

    [Fact]
    public async Task It_is_AppStream_by_its_agents_folder_or_its_variables_and_else_not()
    {
        Assert.False(await Platform().IsCurrentAsync(CancellationToken.None));

        Directory.CreateDirectory(_instance.AgentFolder);
        Assert.True(await Platform().IsCurrentAsync(CancellationToken.None));

        Instance.SetMode(_instance.AgentFolder, "777");
        Assert.False(await Platform().IsCurrentAsync(CancellationToken.None));

        _instance.WriteMachine(System);
        Assert.True(await Platform().IsCurrentAsync(CancellationToken.None));
    }

    [Fact]
    public async Task The_session_has_AppStreams_id_and_the_place_of_its_stack_and_fleet()
    {
        _instance.WriteUser(User);
        _instance.WriteMachine(System);
        var platform = Platform();

        var session = await platform.WaitForSessionAsync(new SessionQuery(), CancellationToken.None);
        var metadata = await platform.GetMetadataAsync(session, CancellationToken.None);

        Assert.Equal(("a1b2-c3", "ada", ":1"), (session.Id, session.User, session.SystemSession));
        Assert.Equal(["stack-1", "fleet-1"], platform.GetStoragePath(session, metadata));
        Assert.Equal("ada l", metadata["AppStream_UserName"]);
        Assert.Equal("--admin", metadata["untrusted.APPSTREAM_SESSION_CONTEXT"]);
        Assert.DoesNotContain("APPSTREAM_SESSION_CONTEXT", metadata.Keys);
        Assert.DoesNotContain("PATH", metadata.Keys);
    }

    [Fact]
    public async Task Metadata_that_arrives_late_is_waited_for()
    {
        _instance.WriteMachine(System);
        var platform = Platform();
        var session = await platform.WaitForSessionAsync(new SessionQuery(), CancellationToken.None);

        var metadata = platform.GetMetadataAsync(session, CancellationToken.None);
        await Task.Delay(400, TestContext.Current.CancellationToken);
        Assert.False(metadata.IsCompleted);
        _instance.WriteUser(User);

        Assert.Equal("stack-1", (await metadata)["AppStream_Stack_Name"]);
    }

    [Fact]
    public async Task A_cancelled_wait_returns_what_is_known()
    {
        _instance.WriteMachine(System);
        using var cancelled = new CancellationTokenSource();
        var platform = Platform();
        var session = await platform.WaitForSessionAsync(new SessionQuery(), CancellationToken.None);

        var asking = platform.GetMetadataAsync(session, cancelled.Token);
        await cancelled.CancelAsync();
        var metadata = await asking;

        Assert.Equal("fleet-1", metadata["AppStream_Resource_Name"]);
        Assert.Equal(["unknown", "fleet-1"], platform.GetStoragePath(session, metadata));
    }

    [Theory]
    [InlineData("666", "755")]
    [InlineData("664", "755")]
    [InlineData("644", "777")]
    public void A_file_that_others_can_write_or_replace_is_not_believed(string file, string folder)
    {
        _instance.WriteUser(User);
        Assert.NotEmpty(_instance.Machine.ReadUser(Any).Values);
        Instance.SetMode(_instance.UserFile, file);
        Instance.SetMode(_instance.ProfileFolder, folder);

        Assert.Empty(_instance.Machine.ReadUser(Any).Values);
    }

    [Fact]
    public void A_link_a_folder_and_a_file_of_another_owner_are_not_believed()
    {
        var elsewhere = Path.Combine(_instance.ProfileFolder, "elsewhere");
        File.WriteAllText(elsewhere, User);
        File.CreateSymbolicLink(_instance.UserFile, elsewhere);
        Directory.CreateDirectory(_instance.MachineFile);

        Assert.Empty(_instance.Machine.ReadUser(Any).Values);
        Assert.Empty(_instance.Machine.ReadMachine());

        File.Delete(_instance.UserFile);
        _instance.WriteUser(User);
        Assert.NotEmpty(_instance.Machine.ReadUser(Any).Values);
        Assert.Null(OperatingSystem.IsLinux() ? RootFile.Read(_instance.UserFile, Instance.Owner + 1) : null);
    }

    [Fact]
    public void An_overlong_file_is_not_read()
    {
        _instance.WriteUser(User + new string('#', 70_000));

        Assert.Empty(_instance.Machine.ReadUser(Any).Values);
    }

    [Theory]
    [InlineData("image-builder")]
    [InlineData("imagebuilder")]
    public async Task An_image_builder_is_left_alone_unless_the_options_say_so(string type)
    {
        _instance.WriteMachine($"AppStream_Resource_Type={type}\nAppStream_Resource_Name=builder");

        var refusal = await Assert.ThrowsAsync<PlatformException>(
            () => Platform().WaitForSessionAsync(new SessionQuery(), CancellationToken.None));
        var session = await Platform(new AppStreamOptions { RecordImageBuilders = true })
            .WaitForSessionAsync(new SessionQuery(), CancellationToken.None);

        Assert.Contains("image builder", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("RecordImageBuilders", refusal.Remedy, StringComparison.Ordinal);
        Assert.False(refusal.IsTransient);
        Assert.Equal("ada", session.User);
    }

    private static UserSession Any => new() { Id = "s", User = "ada", Host = "h", SystemSession = ":1" };

    private AppStreamPlatform Platform(AppStreamOptions? options = null) =>
        new(options ?? new AppStreamOptions(), _instance.Machine, _sessions.Lazily(), TimeProvider.System);
}
