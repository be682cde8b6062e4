using System.Text.Json;

namespace SessionRecorder.Tests;

/// <summary>More waits than may: the spool keeps its limit, and the account says so.</summary>
public sealed class SpoolLimitTests
{
    [Theory]
    [InlineData("stop")]
    [InlineData("thin")]
    public async Task A_spool_at_its_limit_pauses_the_capture_or_thins_it_first_and_says_so(string policy)
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var recorder = new Recorder(display.Name);
        recorder.Configuration["SpoolLimit"] = "100MB";
        recorder.Configuration["OnSpoolFull"] = policy;
        await recorder.StartAsync("limited");

        Fill(recorder, 80_000_000);
        await ExpectLevelAsync(recorder, policy == "thin" ? "thinning" : "roomy");
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        Fill(recorder, 110_000_000);
        await ExpectLevelAsync(recorder, "full");
        var status = await recorder.RunAsync("status");
        var doctor = await recorder.RunAsync("doctor");
        Fill(recorder, 0);
        await ExpectLevelAsync(recorder, "roomy");
        await Recorder.WaitUntilAsync(() => recorder.FfmpegIds.Count > 0, TimeSpan.FromSeconds(20), "it is recorded again");
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        var session = await recorder.StopAsync("limited");

        Assert.Contains("the spool is full", status.Output, StringComparison.Ordinal);
        Assert.Contains("SpoolLimit is 100MB", doctor.Output, StringComparison.Ordinal);
        await Expect.Whole(recorder, session);
        var facts = File.ReadLines(session.LedgerPath).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(
            policy == "thin" ? ["thinning", "full", "roomy"] : ["full", "roomy"],
            Values(facts, "spool-filled", "level"));
        Assert.Equal(policy == "thin" ? ["5", "1", "5"] : ["5", "5"], Values(facts, "capture-started", "frameRate"));
        Assert.Equal(
            policy == "thin" ? ["starting", "frame-rate-changed", "spool-full"] : ["starting", "spool-full"],
            session.Manifest.Gaps.Select(gap => gap.Cause));
    }

    /// <summary>Somebody else's video lies in the spool too.</summary>
    private static void Fill(Recorder recorder, long bytes)
    {
        var file = Path.Combine(recorder.SpoolOf("another"), "video", "000000.mp4");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using var content = new FileStream(file, FileMode.OpenOrCreate);
        content.SetLength(bytes);
    }

    private static async Task ExpectLevelAsync(Recorder recorder, string level)
    {
        var wanted = $"\"level\": \"{level}\"";
        var status = "";
        for (var end = DateTime.UtcNow.AddSeconds(20); !status.Contains(wanted, StringComparison.Ordinal);)
        {
            Assert.True(DateTime.UtcNow < end, $"it is not {level}: {status}");
            await Task.Delay(300, TestContext.Current.CancellationToken);
            status = (await recorder.RunAsync("status", "--json")).Output;
        }
    }

    private static IEnumerable<string> Values(IEnumerable<JsonElement> facts, string kind, string member) =>
        facts.Where(fact => fact.GetProperty("fact").GetString() == kind).Select(fact => fact.GetProperty(member).ToString());
}
