using System.Text.Json.Nodes;

namespace SessionRecorder.Tests;

/// <summary>A session on what looks like an AppStream instance: variables in the machine's key and in the user's own hive.</summary>
public sealed class AppStreamTests
{
    /// <summary>The hive of whoever is logged on, <c>HKEY_USERS\{SID}</c>.</summary>
    private const string UserKey = @"HKCU\Environment";
    private const string MachineKey = @"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment";

    [Fact]
    public async Task A_user_whose_name_has_spaces_and_letters_of_any_script_is_recorded_where_the_variables_say()
    {
        const string User = "Ada Løvelace 名";
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var machine = await WineMachine.StartAsync(display, user: User);
        using var recorder = new WineRecorder(
            machine, configure: configuration => configuration["Platform"] = new JsonObject { ["Plugin"] = "auto" });
        await using var variables = await PrepareAsync(machine);

        Expect.ExitCode(0, await recorder.RunAsync("start"));
        await Task.Delay(TimeSpan.FromSeconds(2));
        Expect.ExitCode(0, await recorder.RunAsync("stop", "--all"));

        var session = recorder.Session;
        await recorder.ExpectWholeAsync(session);
        Assert.Equal(User, session.Manifest.User);
        Assert.Equal(Path.Combine(recorder.Storage, "stack-1", "fleet-1"), Path.GetDirectoryName(session.Folder));
        Assert.StartsWith("5f2b-77-", session.Id, StringComparison.Ordinal);
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(session.ManifestPath))!;
        Assert.Equal("appstream", (string)manifest["platform"]!);
        Assert.Equal("Åsa 名前", (string)manifest["metadata"]!["untrusted.AppStream_UserName"]!);
        Assert.Equal("fleet-1", (string)manifest["metadata"]!["AppStream_Resource_Name"]!);
        Assert.Equal(0, (await Footage.ReadAsync(session)).Unreadable);
    }

    /// <summary>The variables of an AppStream instance and of its user.</summary>
    private static async Task<IAsyncDisposable> PrepareAsync(WineMachine machine)
    {
        var variables = new PreparedVariables(machine);
        await variables.AddAsync(UserKey, "AppStream_Stack_Name", "stack-1");
        await variables.AddAsync(UserKey, "AppStream_UserName", "Åsa 名前");
        await variables.AddAsync(UserKey, "AppStream_Session_ID", "5f2b-77");
        await variables.AddAsync(MachineKey, "AppStream_Resource_Type", "fleet");
        await variables.AddAsync(MachineKey, "AppStream_Resource_Name", "fleet-1");
        return variables;
    }

    private sealed class PreparedVariables(WineMachine machine) : IAsyncDisposable
    {
        private readonly List<(string Key, string Name)> _added = [];

        public async Task AddAsync(string key, string name, string value)
        {
            Expect.ExitCode(0, await machine.RunAsync("reg", "add", key, "/v", name, "/d", value, "/f"));
            _added.Add((key, name));
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var (key, name) in _added)
            {
                await machine.RunAsync("reg", "delete", key, "/v", name, "/f");
            }
        }
    }
}
