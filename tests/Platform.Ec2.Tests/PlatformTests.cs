using Microsoft.Extensions.DependencyInjection;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>Which machine and which session.</summary>
public sealed class PlatformTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("ec2-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("sys/class/dmi/id/sys_vendor", "Amazon EC2\n", true)]
    [InlineData("sys/class/dmi/id/sys_vendor", "Amazon EC2 clone\n", false)]
    [InlineData("sys/class/dmi/id/sys_vendor", "QEMU\n", false)]
    [InlineData("sys/class/dmi/id/bios_version", "4.11.amazon\n", true)]
    [InlineData("sys/class/dmi/id/bios_version", "amazon.4\n", false)]
    [InlineData("sys/hypervisor/uuid", "ec2e1916-9099-7caf-fd21-012345abcdef\n", true)]
    [InlineData("sys/hypervisor/uuid", "12ec2e19-9099-7caf-fd21-012345abcdef\n", false)]
    public void Linux_tells_an_instance_by_its_hardware_without_the_network(string file, string text, bool isInstance)
    {
        Write(file, text);

        Assert.Equal(isInstance, new LinuxEc2(_root).IsInstance());
    }

    [Fact]
    public void A_machine_without_such_hardware_is_none()
    {
        Assert.False(new LinuxEc2(_root).IsInstance());
        Assert.False(new WindowsEc2(new FakeRegistry()).IsInstance());
    }

    [Theory]
    [InlineData("SystemManufacturer", "Amazon EC2", true)]
    [InlineData("SystemManufacturer", "VMware, Inc.", false)]
    [InlineData("BIOSVersion", "4.11.amazon", true)]
    public void Windows_tells_an_instance_by_what_it_read_of_the_BIOS(string name, string value, bool isInstance)
    {
        var registry = new FakeRegistry();
        registry.Values[$@"HKLM\HARDWARE\DESCRIPTION\System\BIOS\{name}"] = value;

        Assert.Equal(isInstance, new WindowsEc2(registry).IsInstance());
    }

    [Theory]
    [InlineData("i-0123456789abcdef0\n", "i-0123456789abcdef0")]
    [InlineData("Amazon EC2\n", null)]
    [InlineData("i-../..\n", null)]
    public void Nitro_hardware_tells_the_instances_id(string text, string? id)
    {
        Write("sys/class/dmi/id/board_asset_tag", text);

        Assert.Equal(id, new LinuxEc2(_root).FindInstanceId());
    }

    [Fact]
    public async Task The_only_active_session_is_taken_and_of_several_the_one_that_is_named()
    {
        var sessions = new FakeSessions(FakeSessions.Session("1", "gone", isConnected: false), FakeSessions.Session("2", "ada", sid: "S-1-5-21-7"));

        var session = await Platform(sessions).WaitForSessionAsync(new SessionQuery(), CancellationToken.None);
        Assert.Equal(("ada", "2", "S-1-5-21-7"), (session.User, session.SystemSession, session.UserId));

        sessions.Set(FakeSessions.Session("2", "ada"), FakeSessions.Session("3", "bob"));
        var refusal = await Assert.ThrowsAsync<PlatformException>(
            () => Platform(sessions).WaitForSessionAsync(new SessionQuery(), CancellationToken.None));
        Assert.Contains("2 of ada, 3 of bob", refusal.Message, StringComparison.Ordinal);
        Assert.NotNull(refusal.Remedy);
        Assert.False(refusal.IsTransient);
        Assert.Equal("bob", (await Platform(sessions).WaitForSessionAsync(new SessionQuery("mine", "3"), CancellationToken.None)).User);
    }

    [Fact]
    public void Two_users_with_long_names_stay_two_and_leave_room_in_the_key()
    {
        var paths = new[] { "a", "b" }.Select(end => Platform(new FakeSessions()).GetStoragePath(
            new UserSession { Id = "s", User = new string('名', 300) + end, Host = new string('h', 300), SystemSession = "2" },
            new Dictionary<string, string>())).ToArray();

        Assert.NotEqual(paths[0][2], paths[1][2]);
        var key = string.Join('/', paths[0].Select(StorageKey.EncodePart));
        Assert.True(StorageKey.IsValid(key) && key.Length < 600, key);
    }

    [Fact]
    public async Task The_plugin_registers_a_platform_and_a_check_and_asks_for_sessions_only_when_it_waits_for_one()
    {
        await using var server = new MetadataServer();
        await using var services = new FakePluginContext(o => ((Ec2Options)o).MetadataEndpoint = server.Endpoint).Load(new Ec2Plugin());

        Assert.Equal("ec2", services.GetRequiredService<IPlatform>().Name);
        var findings = new List<Finding>();
        await foreach (var finding in services.GetRequiredService<ISelfCheck>().CheckAsync(CancellationToken.None))
        {
            findings.Add(finding);
        }

        Assert.Contains(findings, f => f.Message.StartsWith("i-0123456789abcdef0", StringComparison.Ordinal));
        Assert.DoesNotContain(findings, f => f.Level == FindingLevel.Problem);
    }

    private static Ec2Platform Platform(FakeSessions sessions) => new(
        new Ec2Options(), new FakeMachine(), new InstanceMetadata(null, TimeProvider.System), sessions.Lazily(), TimeProvider.System);

    private void Write(string file, string text)
    {
        var path = Path.Combine(_root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
