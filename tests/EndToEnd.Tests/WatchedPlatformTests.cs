using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Machines;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.Tests;

/// <summary>EC2 and WorkSpaces on Linux: what `install` leaves runs as the service, and a user's session is recorded from logon to logoff.</summary>
public sealed class WatchedPlatformTests : IAsyncLifetime
{
    private const string Pointer = "/opt/session-recorder/session-recorder";
    private const string Unit = "/etc/systemd/system/session-recorder.service";
    private const string Storage = "/opt/storage";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly MetadataServer _metadata = new() { Tags = new Dictionary<string, string> { ["Team"] = "exams" } };
    private UnprivilegedUser? _user;
    private SimulatedMachine? _machine;

    private UnprivilegedUser User => _user ?? throw new InvalidOperationException("there is no user yet");

    private SimulatedMachine Machine => _machine ?? throw new InvalidOperationException("there is no machine yet");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        Assert.SkipWhen(Directory.Exists("/run/systemd/system"), "systemd runs here, and would be told of the unit");
        _user = await UnprivilegedUser.CreateAsync();
        _machine = await SimulatedMachine.CreateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await (_machine?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_user?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _metadata.DisposeAsync();
    }

    [Theory]
    [InlineData("ec2")]
    [InlineData("workspaces")]
    public async Task What_install_leaves_records_a_user_from_logon_to_logoff(string platform)
    {
        await InstallAsync(platform);
        var start = (await File.ReadAllLinesAsync(Machine.At(Unit), TestContext.Current.CancellationToken))
            .Single(line => line.StartsWith("ExecStart=", StringComparison.Ordinal))["ExecStart=".Length..].Split(' ');
        await using var service = Machine.Launch(start[0], start[1..]);
        await service.WaitForLineAsync("the service runs", _patience);

        var session = await Machine.LogOnAsync(User);
        await Recorder.WaitUntilAsync(() => FindSessions().Any(s => s.Manifest.Segments.Count > 1), _patience, "the session is recorded");
        var found = await Machine.RunAsync(Pointer, "doctor", "--json");
        await SimulatedMachine.LogOffAsync(session);
        await Recorder.WaitUntilAsync(() => FindSessions().Any(s => s.Manifest.State == "complete"), _patience, "the recording ends with its session");
        ProcFs.Signal(service.Id, ProcFs.SigTerm);

        var stored = Assert.Single(FindSessions());
        Assert.Empty(await SessionAudit.FindProblemsAsync(stored));
        Assert.Equal((User.Name, platform), (stored.Manifest.User, stored.Manifest.Platform));
        var place = platform == "ec2" ? _metadata.InstanceId : Environment.MachineName;
        Assert.EndsWith($"/{platform}/{place}/{User.Name}/{stored.Id}", stored.Folder, StringComparison.Ordinal);
        Assert.Equal(platform == "ec2" ? "exams" : null, await TagAsync(stored));
        var findings = JsonNode.Parse(found.Output)!["findings"]!.AsArray();
        Assert.Equal("ok", (string)findings.First(finding => (string)finding!["subject"]! == "hooks")!["level"]!);
    }

    private async Task InstallAsync(string platform)
    {
        await Machine.RunAsync("mkdir", "-m", "0700", Storage);
        var options = new JsonObject();
        if (platform == "ec2")
        {
            options["MetadataEndpoint"] = _metadata.Endpoint.AbsoluteUri;
        }

        await Machine.WriteAsync("/opt/recorder.json", new JsonObject
        {
            ["Platform"] = new JsonObject { ["Plugin"] = platform, ["Options"] = options },
            ["Elevation"] = new JsonObject { ["Plugin"] = "service" },
            ["Service"] = new JsonObject { ["Watch"] = true },
            ["Capture"] = new JsonObject { ["SegmentDuration"] = "2s" },
            ["Storage"] = new JsonObject
            {
                ["archive"] = new JsonObject { ["Plugin"] = "local", ["Options"] = new JsonObject { ["Path"] = Storage } },
            },
        }.ToJsonString());
        Expect.ExitCode(0, await Machine.RunAsync(Recorder.Program, "install", platform, "--config", "/opt/recorder.json"));
        var again = await Machine.RunAsync(Pointer, "install", platform);
        Assert.Contains("everything is installed already", again.Output, StringComparison.Ordinal);
    }

    private IReadOnlyList<RecordedSession> FindSessions() => RecordedSession.FindAll(Machine.At(Storage));

    private static async Task<string?> TagAsync(RecordedSession session) =>
        (string?)JsonNode.Parse(await File.ReadAllTextAsync(session.SessionPath))!["metadata"]!["tag.Team"];
}
