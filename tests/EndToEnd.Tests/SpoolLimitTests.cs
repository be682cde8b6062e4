using System.Text.Json;
using System.Text.Json.Nodes;

namespace SessionRecorder.Tests;

/// <summary>More is recorded than storage takes: the spool keeps its limit, and the account says so.</summary>
public sealed class SpoolLimitTests
{
    [Theory]
    [InlineData("stop")]
    [InlineData("thin")]
    public async Task A_spool_at_its_limit_pauses_the_capture_or_thins_it_and_says_so(string policy)
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowScrollingTextAsync();
        await using var recorder = new Recorder(display.Name);
        recorder.Configuration["Capture"]!["SegmentDuration"] = "1s";
        recorder.Configuration["SpoolLimit"] = policy == "stop" ? "1MB" : "3MB";
        recorder.Configuration["OnSpoolFull"] = policy;
        recorder.Configuration["Upload"] = new JsonObject { ["MaxBandwidth"] = "100kB" };
        await recorder.StartAsync("limited");
        var wanted = policy == "stop" ? "full" : "thinning";
        var status = "";
        var largest = 0L;
        for (var end = DateTime.UtcNow.AddSeconds(40); !status.Contains($"\"{wanted}\"", StringComparison.Ordinal) && DateTime.UtcNow < end;)
        {
            await Task.Delay(500, TestContext.Current.CancellationToken);
            largest = Math.Max(largest, new DirectoryInfo(recorder.SpoolOf("limited")).EnumerateFiles("*.mp4", SearchOption.AllDirectories).Sum(f => f.Length));
            status = (await recorder.RunAsync("status", "--json")).Output;
        }

        Assert.Contains($"\"level\": \"{wanted}\"", status, StringComparison.Ordinal);
        Assert.Contains("the spool is ", (await recorder.RunAsync("status")).Output, StringComparison.Ordinal);
        await Recorder.WaitUntilAsync(
            () => Facts(recorder).Count(fact => Kind(fact) == "capture-started") > 1, TimeSpan.FromSeconds(30), "capturing goes on");
        var session = await recorder.StopAsync("limited");

        Assert.InRange(largest, 1, 6_000_000);
        await Expect.Whole(recorder, session);
        var stored = File.ReadLines(session.LedgerPath).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Contains(stored, fact => Kind(fact) == "spool-filled" && fact.GetProperty("level").GetString() == wanted);
        Assert.Contains(session.Manifest.Gaps, gap => gap.Cause == (policy == "stop" ? "spool-full" : "frame-rate-changed"));
        Assert.Equal(
            policy == "thin",
            stored.Any(fact => Kind(fact) == "capture-started" && fact.GetProperty("frameRate").GetDouble() == 1));
    }

    private static IEnumerable<JsonElement> Facts(Recorder recorder) =>
        File.ReadLines(Path.Combine(recorder.SpoolOf("limited"), "ledger.jsonl"))
            .Where(line => line.EndsWith('}'))
            .Select(line => JsonDocument.Parse(line).RootElement);

    private static string Kind(JsonElement fact) => fact.GetProperty("fact").GetString()!;
}
