using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Machines;

namespace SessionRecorder.Tests;

/// <summary>EC2 and WorkSpaces on Linux: what `install` leaves runs as the service, and a user's session is recorded from logon to logoff.</summary>
public sealed class WatchedPlatformTests
{
    private const string Storage = "/opt/storage";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("ec2")]
    [InlineData("workspaces")]
    public async Task What_install_leaves_records_a_user_from_logon_to_logoff(string platform)
    {
        await using var metadata = new MetadataServer { Tags = new Dictionary<string, string> { ["Team"] = "exams" } };
        await using var on = await WatchedMachine.CreateAsync();
        await on.Machine.RunAsync("mkdir", "-m", "0700", Storage);
        await on.InstallAsync(
            platform,
            platform == "ec2" ? new JsonObject { ["MetadataEndpoint"] = metadata.Endpoint.AbsoluteUri } : [],
            new JsonObject { ["Plugin"] = "local", ["Options"] = new JsonObject { ["Path"] = Storage } });
        await on.StartServiceAsync();

        var session = await on.Machine.LogOnAsync(on.User);
        await Recorder.WaitUntilAsync(() => FindSessions(on).Any(s => s.Manifest.Segments.Count > 1), _patience, "the session is recorded");
        var found = await on.Machine.RunAsync(WatchedMachine.Pointer, "doctor", "--json");
        await SimulatedMachine.LogOffAsync(session);
        await Recorder.WaitUntilAsync(() => FindSessions(on).Any(s => s.Manifest.State == "complete"), _patience, "the recording ends with its session");

        var stored = Assert.Single(FindSessions(on));
        Assert.Empty(await SessionAudit.FindProblemsAsync(stored));
        Assert.Equal((on.User.Name, platform), (stored.Manifest.User, stored.Manifest.Platform));
        var place = platform == "ec2" ? metadata.InstanceId : Environment.MachineName;
        Assert.EndsWith($"/{platform}/{place}/{on.User.Name}/{stored.Id}", stored.Folder, StringComparison.Ordinal);
        Assert.Equal(platform == "ec2" ? "exams" : null, await TagAsync(stored));
        var findings = JsonNode.Parse(found.Output)!["findings"]!.AsArray();
        Assert.Equal("ok", (string)findings.First(finding => (string)finding!["subject"]! == "hooks")!["level"]!);
    }

    private static IReadOnlyList<RecordedSession> FindSessions(WatchedMachine on) => RecordedSession.FindAll(on.Machine.At(Storage));

    private static async Task<string?> TagAsync(RecordedSession session) =>
        (string?)JsonNode.Parse(await File.ReadAllTextAsync(session.SessionPath))!["metadata"]!["tag.Team"];
}
