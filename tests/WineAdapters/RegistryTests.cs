using System.Security.Principal;
using Microsoft.Win32;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>The real registry: a prepared hive of a made-up user, and the machine's own key.</summary>
public sealed class RegistryTests : IDisposable
{
    private const string Environment = "Environment";
    private const string MachineKey = @"SYSTEM\CurrentControlSet\Control\Session Manager\Environment";

    private readonly string _sid = $"S-1-5-21-1004336348-1177238915-682003330-{Random.Shared.Next(2000, 999_999)}";
    private readonly MachineRegistry _registry = new();

    public RegistryTests()
    {
        using var key = Registry.Users.CreateSubKey($@"{_sid}\{Environment}");
        key.SetValue("AppStream_Stack_Name", "stack-1");
        key.SetValue("AppStream_UserName", "Ada Løvelace 名前 😀");
        key.SetValue("AppStream_Session_ID", "5f2b-77");
        using var machine = Registry.LocalMachine.CreateSubKey(MachineKey);
        machine.SetValue("AppStream_Resource_Type", "fleet");
        machine.SetValue("AppStream_Resource_Name", "fleet-1");
    }

    public void Dispose()
    {
        Registry.Users.DeleteSubKeyTree(_sid);
        using var machine = Registry.LocalMachine.CreateSubKey(MachineKey);
        machine.DeleteValue("AppStream_Resource_Type");
        machine.DeleteValue("AppStream_Resource_Name");
    }

    [Fact]
    public async Task A_session_on_AppStream_is_described_by_its_users_hive_and_the_machines_key()
    {
        var user = "Ada Løvelace 名";
        var sessions = new FakeSessions(FakeSessions.Session("2", user, sid: _sid));
        var platform = new AppStreamPlatform(
            new AppStreamOptions(), new WindowsAppStream(_registry), sessions.Lazily(), TimeProvider.System);

        Assert.True(await platform.IsCurrentAsync(CancellationToken.None));
        var session = await platform.WaitForSessionAsync(new SessionQuery(), CancellationToken.None);
        var metadata = await platform.GetMetadataAsync(session, CancellationToken.None);

        Assert.Equal((user, _sid), (session.User, session.UserId));
        Assert.StartsWith("5f2b-77-", session.Id, StringComparison.Ordinal);
        Assert.Equal("Ada Løvelace 名前 😀", metadata["untrusted.AppStream_UserName"]);
        Assert.Equal(["stack-1", "fleet-1"], platform.GetStoragePath(session, metadata));
    }

    [Fact]
    public void A_value_is_read_as_it_stands()
    {
        using var key = Registry.Users.CreateSubKey($@"{_sid}\{Environment}");
        key.SetValue("Expanding", "%SystemRoot%;%PATH%", RegistryValueKind.ExpandString);
        key.SetValue("Number", 5);
        key.SetValue("Several", new[] { "a", "b" });
        key.SetValue("Long", new string('x', 5000));
        key.SetValue("Empty", "");

        Assert.Equal("%SystemRoot%;%PATH%", _registry.ReadUser(_sid, Environment, "Expanding"));
        Assert.All(["Number", "Several", "Long", "Empty", "Missing"], name => Assert.Null(_registry.ReadUser(_sid, Environment, name)));
    }

    [Theory]
    [InlineData(@"..\S-1-5-18")]
    [InlineData(".DEFAULT")]
    [InlineData(@"{0}\Environment")]
    [InlineData("")]
    [InlineData("BA")]
    public void What_is_no_SID_never_becomes_part_of_a_key(string sid) =>
        Assert.Null(_registry.ReadUser(sid.Replace("{0}", _sid, StringComparison.Ordinal), "", "AppStream_Stack_Name"));

    [Fact]
    public void A_hive_that_is_not_loaded_and_a_key_that_is_not_there_have_no_values()
    {
        Assert.Null(_registry.ReadUser("S-1-5-21-1-2-3-4", Environment, "AppStream_Stack_Name"));
        Assert.Null(_registry.ReadMachine(@"SOFTWARE\No\Such\Key", "x"));
        Assert.False(_registry.HasMachineKey(@"SOFTWARE\No\Such\Key"));
        Assert.True(_registry.HasMachineKey(MachineKey));
    }

    [Fact]
    public void An_account_and_its_SID_tell_of_each_other()
    {
        using var self = WindowsIdentity.GetCurrent();

        var sid = _registry.FindSid(self.Name);

        Assert.Equal(self.User!.Value, sid);
        Assert.Equal(self.Name, new SecurityIdentifier(sid!).Translate(typeof(NTAccount)).Value, ignoreCase: true);
    }

    [Theory]
    [InlineData("No such user 名")]
    [InlineData("")]
    public void An_account_that_is_not_known_has_no_SID(string account) => Assert.Null(_registry.FindSid(account));
}
