using Microsoft.Extensions.DependencyInjection;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class PlatformTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("workspace-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Windows_is_a_WorkSpace_by_its_service_and_its_settings_together()
    {
        var registry = new FakeRegistry();
        var platform = Platform(new WindowsWorkSpace(registry));
        registry.Keys.Add(@"SOFTWARE\Amazon\SkyLight");
        Assert.False(await platform.IsCurrentAsync(CancellationToken.None));

        registry.Keys.Add(@"SYSTEM\CurrentControlSet\Services\SkyLightWorkspaceConfigService");
        Assert.True(await platform.IsCurrentAsync(CancellationToken.None));
    }

    [Fact]
    public void Linux_is_a_WorkSpace_by_its_agents_folders_which_nobody_else_may_write()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "folders of root");
        var machine = OperatingSystem.IsLinux() ? (IWorkSpacesMachine)new LinuxWorkSpace(_root) : throw new PlatformNotSupportedException();
        var settings = Directory.CreateDirectory(Path.Combine(_root, "var/lib/skylight")).FullName;
        Assert.False(machine.IsWorkSpace());
        Directory.CreateDirectory(Path.Combine(_root, "usr/lib/skylight"));
        Assert.True(machine.IsWorkSpace());

        SetMode(settings, 0b111_111_111);
        Assert.False(machine.IsWorkSpace());
    }

    [Theory]
    [InlineData("ada")]
    [InlineData("Ada Løvelace 名前")]
    [InlineData("../../etc")]
    [InlineData(@"a\b/c")]
    [InlineData("..")]
    [InlineData(" . ")]
    public async Task A_recording_lies_under_the_computers_and_the_users_name_whatever_that_holds(string user)
    {
        var platform = Platform(new WindowsWorkSpace(new FakeRegistry()), FakeSessions.Session("1", user));

        var session = await platform.WaitForSessionAsync(new SessionQuery(), CancellationToken.None);
        var metadata = await platform.GetMetadataAsync(session, CancellationToken.None);
        var path = platform.GetStoragePath(session, metadata);

        Assert.Equal(["workspaces", Environment.MachineName, user], path);
        Assert.Equal((user, Environment.MachineName), (metadata["userName"], metadata["computer"]));
        var key = string.Join('/', path.Select(StorageKey.EncodePart));
        Assert.True(StorageKey.IsValid(key), key);
        Assert.Equal(2, key.Count(c => c == '/'));
    }

    [Fact]
    public async Task Of_several_active_sessions_none_is_taken_by_chance()
    {
        var platform = Platform(new WindowsWorkSpace(new FakeRegistry()), FakeSessions.Session("1", "ada"), FakeSessions.Session("2", "bob"));

        await Assert.ThrowsAsync<PlatformException>(() => platform.WaitForSessionAsync(new SessionQuery(), CancellationToken.None));
        Assert.Equal("bob", (await platform.WaitForSessionAsync(new SessionQuery(null, "2"), CancellationToken.None)).User);
    }

    [Fact]
    public async Task The_plugin_registers_a_platform_and_a_check()
    {
        await using var services = new FakePluginContext().Load(new WorkSpacesPlugin());

        Assert.Equal("workspaces", services.GetRequiredService<IPlatform>().Name);
        Assert.NotNull(services.GetRequiredService<ISelfCheck>());
    }

    private static WorkSpacesPlatform Platform(IWorkSpacesMachine machine, params DesktopSession[] sessions) =>
        new(machine, new FakeSessions(sessions).Lazily(), TimeProvider.System);

    private static void SetMode(string path, int mode)
    {
        if (OperatingSystem.IsLinux())
        {
            File.SetUnixFileMode(path, (UnixFileMode)mode);
        }
    }
}
