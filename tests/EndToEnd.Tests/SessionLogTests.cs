using System.Text.Json;
using System.Text.Json.Nodes;

namespace SessionRecorder.Tests;

/// <summary>What the agent logged is stored beside the recording, and costs it nothing.</summary>
public sealed class SessionLogTests : IAsyncLifetime
{
    private VirtualDisplay? _display;

    private VirtualDisplay Display => _display ?? throw new InvalidOperationException("the display is not there yet");

    public async ValueTask InitializeAsync() => _display = await VirtualDisplay.StartXvfbAsync();

    public ValueTask DisposeAsync() => Display.DisposeAsync();

    [Fact]
    public async Task The_stored_log_tells_in_json_of_start_segments_and_end()
    {
        await using var recorder = new Recorder(Display.Name);
        recorder.Configuration["Capture"]!["SegmentDuration"] = "2s";
        await recorder.StartAsync("logged");
        await Task.Delay(TimeSpan.FromSeconds(5));

        var session = await recorder.StopAsync("logged");

        var log = Assert.Single(Pieces(session));
        Assert.Equal("000000.jsonl", Path.GetFileName(log));
        var lines = Lines(log);
        Assert.Equal("Begins", Event(lines[0]));
        Assert.All(lines, line => Assert.Equal("logged", line.GetProperty("session").GetString()));
        Assert.Equal(
            session.Manifest.Segments.Select(segment => segment.Key),
            lines.Where(line => Event(line) == "SegmentClosed").Select(line => line.GetProperty("values").GetProperty("Key").GetString()));
        Assert.Equal(["Sealed", "Complete"], lines.TakeLast(2).Select(Event));
        Assert.Equal(File.ReadAllText(LocalPieces(recorder, "logged")[0]), File.ReadAllText(log));

        Assert.False(Directory.Exists(recorder.SpoolOf("logged")));
        await Expect.Whole(recorder, session);
        Expect.ExitCode(0, await recorder.RunAsync("verify", "--storage", "archive"));
        Assert.Single(JsonDocument.Parse((await recorder.RunAsync("list", "--json")).Output).RootElement.EnumerateArray());
        Assert.Contains("1 piece below", (await recorder.RunAsync("show", "logged")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_of_a_killed_agent_is_stored_by_recover_which_tells_what_it_did()
    {
        await using var recorder = new Recorder(Display.Name);
        await recorder.StartAsync("killed");
        await Task.Delay(TimeSpan.FromSeconds(2));
        recorder.KillAll();
        await Recorder.WaitUntilAsync(() => recorder.HostIds.Count == 0, TimeSpan.FromSeconds(10), "the killed agent ends");

        Expect.ExitCode(0, await recorder.RunAsync("recover"));

        var pieces = Pieces(recorder.Session);
        Assert.Equal(["000000.jsonl", "000001.jsonl"], pieces.Select(Path.GetFileName));
        Assert.Equal("Begins", Event(Lines(pieces[0])[0]));
        var recovery = Lines(pieces[1]).Select(Event).ToArray();
        Assert.Contains("SegmentClosed", recovery);
        Assert.Contains("Recovered", recovery);
        Assert.Contains("Sealed", recovery);
        await Expect.Whole(recorder, recorder.Session, "recovered");
        Assert.False(Directory.Exists(recorder.SpoolOf("killed")));
    }

    [Fact]
    public async Task A_session_that_goes_on_after_a_crash_logs_into_the_next_piece()
    {
        await using var recorder = new Recorder(Display.Name);
        await recorder.StartAsync("twice");
        recorder.KillAll();
        await Recorder.WaitUntilAsync(() => recorder.HostIds.Count == 0, TimeSpan.FromSeconds(10), "the killed agent ends");
        await recorder.StartAsync("twice");

        var session = await recorder.StopAsync("twice");

        var pieces = Pieces(session);
        Assert.Equal(["000000.jsonl", "000001.jsonl"], pieces.Select(Path.GetFileName));
        Assert.All(pieces, piece => Assert.Equal("Begins", Event(Lines(piece)[0])));
        await Expect.Whole(recorder, session, "recovered");
    }

    [Fact]
    public async Task A_log_that_cannot_be_stored_changes_nothing_for_the_recording_and_recover_brings_it_later()
    {
        await using var recorder = new Recorder(Display.Name);
        await recorder.StartAsync("blocked");
        await Recorder.WaitUntilAsync(() => recorder.Sessions.Count > 0, TimeSpan.FromSeconds(20), "the session has its place");
        var blocked = Path.Combine(recorder.Session.Folder, "log");
        File.WriteAllText(blocked, "in the way");

        var stop = await recorder.RunAsync("stop", "--session", "blocked");

        Expect.ExitCode(0, stop);
        Assert.Contains("of its log a part is not", stop.Error, StringComparison.Ordinal);
        Assert.Equal("complete", recorder.Session.Manifest.State);
        Assert.True(Directory.Exists(recorder.SpoolOf("blocked")));

        File.Delete(blocked);
        Expect.ExitCode(0, await recorder.RunAsync("recover"));

        Assert.NotEmpty(Pieces(recorder.Session));
        Assert.False(Directory.Exists(recorder.SpoolOf("blocked")));
        await Expect.Whole(recorder, recorder.Session);
    }

    [Fact]
    public async Task No_configured_secret_is_in_the_stored_log_even_of_a_sink_that_fails()
    {
        string[] secrets = ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "FwoGZXIvYXdzEJr//////////wEaDEXAMPLETOKEN", "c2VjcmV0LWFjY291bnQta2V5LXNlY3JldC1hY2NvdW50LWtleQ=="];
        await using var recorder = new Recorder(Display.Name);
        recorder.Configuration["Log"] = new JsonObject { ["Level"] = "debug" };
        recorder.Configuration["Storage"]!["away"] = new JsonObject
        {
            ["Plugin"] = "s3",
            ["Options"] = new JsonObject
            {
                ["Bucket"] = "recordings",
                ["Region"] = "eu-central-1",
                ["AccessKeyId"] = secrets[0],
                ["SecretAccessKey"] = secrets[1],
                ["SessionToken"] = secrets[2],
                ["Endpoint"] = "http://127.0.0.1:9",
            },
        };
        recorder.Configuration["Storage"]!["far"] = new JsonObject
        {
            ["Plugin"] = "azureblob",
            ["Options"] = new JsonObject
            {
                ["Container"] = "recordings",
                ["ConnectionString"] = $"DefaultEndpointsProtocol=http;AccountName=acc;AccountKey={secrets[3]};BlobEndpoint=http://127.0.0.1:9/acc",
            },
        };
        await recorder.StartAsync("secret");
        await Task.Delay(TimeSpan.FromSeconds(3));

        Expect.ExitCode(4, await recorder.RunAsync("stop", "--session", "secret", "--timeout", "8s"));

        var log = string.Concat(Pieces(recorder.Session).Concat(LocalPieces(recorder, "secret")).Select(File.ReadAllText));
        Assert.Contains("Sink away: sending session.json failed", log, StringComparison.Ordinal);
        Assert.Contains("Sink far: sending session.json failed", log, StringComparison.Ordinal);
        Assert.Contains("\"Debug\"", log, StringComparison.Ordinal);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, log, StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_upload_turned_off_the_log_stays_on_the_machine()
    {
        await using var recorder = new Recorder(Display.Name);
        recorder.Configuration["Log"] = new JsonObject { ["Upload"] = false };
        await recorder.StartAsync("local");

        var session = await recorder.StopAsync("local");

        Assert.Empty(Pieces(session));
        Assert.NotEmpty(LocalPieces(recorder, "local"));
        Assert.False(Directory.Exists(recorder.SpoolOf("local")));
    }

    private static string[] Pieces(RecordedSession session)
    {
        var folder = Path.Combine(session.Folder, "log");
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)] : [];
    }

    private static string[] LocalPieces(Recorder recorder, string session) =>
    [
        .. Directory.GetDirectories(Path.Combine(recorder.DataDirectory, "logs"), session + "@*").SelectMany(Directory.GetFiles).Order(StringComparer.Ordinal),
    ];

    private static JsonElement[] Lines(string path) => [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement)];

    private static string? Event(JsonElement line) => line.TryGetProperty("event", out var name) ? name.GetString() : null;
}
