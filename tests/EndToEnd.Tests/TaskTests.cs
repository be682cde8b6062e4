using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Machines;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.Tests;

/// <summary>What scheduled tasks run at logon and logoff, of several users on one machine: they are not told whose it is.</summary>
public sealed class TaskTests : IAsyncLifetime
{
    private const string Storage = "/opt/storage";
    private const string Configuration = "/opt/recorder.json";

    private readonly List<UnprivilegedUser> _users = [];
    private SimulatedMachine? _machine;

    private SimulatedMachine Machine => _machine ?? throw new InvalidOperationException("there is no machine yet");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        _users.AddRange([await UnprivilegedUser.CreateAsync(), await UnprivilegedUser.CreateAsync()]);
        _machine = await SimulatedMachine.CreateAsync();
        await Machine.RunAsync("mkdir", "-m", "0700", Storage);
        await Machine.WriteAsync(Configuration, new JsonObject
        {
            ["DataDirectory"] = "/opt/data",
            ["Platform"] = new JsonObject { ["Plugin"] = "workspaces" },
            ["Policy"] = new JsonObject { ["ExceptUsers"] = new JsonArray("root") },
            ["Storage"] = new JsonObject
            {
                ["archive"] = new JsonObject { ["Plugin"] = "local", ["Options"] = new JsonObject { ["Path"] = Storage } },
            },
        }.ToJsonString());
        await Machine.RunAsync("chmod", "0600", Configuration);
    }

    public async ValueTask DisposeAsync()
    {
        await (_machine?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var user in _users)
        {
            await user.DisposeAsync();
        }
    }

    [Fact]
    public async Task Two_users_who_log_on_at_once_are_both_recorded_and_one_who_logs_off_ends_no_recording_but_his_own()
    {
        var (ada, bob) = (_users[0], _users[1]);
        var adas = await Machine.LogOnAsync(ada);
        await Machine.LogOnAsync(bob);

        // A task for each logon, at the same moment.
        var starts = await Task.WhenAll(RunAsync("start", "--each", "--timeout", "50s"), RunAsync("start", "--each", "--timeout", "50s"));
        Assert.All(starts, start => Expect.ExitCode(0, start));
        Assert.Equal(Names(ada, bob), await RecordedAsync());

        await SimulatedMachine.LogOffAsync(adas);
        Expect.ExitCode(0, await RunAsync("stop", "--left", "--timeout", "1m"));

        Assert.Equal(Names(bob), await RecordedAsync());
        var again = await RunAsync("start", "--each", "--json");
        Expect.ExitCode(0, again);
        var only = Assert.Single(JsonNode.Parse(again.Output)!.AsArray());
        Assert.Equal((bob.Name, true), ((string)only!["user"]!, (bool)only["alreadyRecording"]!));
        Expect.ExitCode(0, await RunAsync("stop", "--all"));
        var stored = RecordedSession.FindAll(Machine.At(Storage));
        Assert.Equal(Names(ada, bob), stored.Select(session => session.Manifest.User).Order(StringComparer.Ordinal));
        foreach (var session in stored)
        {
            Assert.Empty(await SessionAudit.FindProblemsAsync(session));
        }
    }

    private static IEnumerable<string> Names(params UnprivilegedUser[] users) => users.Select(user => user.Name).Order(StringComparer.Ordinal);

    private Task<ToolResult> RunAsync(params string[] arguments) => Machine.RunAsync(Recorder.Program, [.. arguments, "--config", Configuration]);

    private async Task<IEnumerable<string>> RecordedAsync() =>
        JsonNode.Parse((await RunAsync("status", "--json")).Output)!["recording"]!.AsArray()
            .Where(session => (string)session!["state"]! != "stopping")
            .Select(session => (string)session!["user"]!)
            .Order(StringComparer.Ordinal);
}
