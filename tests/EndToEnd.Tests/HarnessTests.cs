using SessionRecorder.TestTools.Drawing;

namespace SessionRecorder.Tests;

/// <summary>The judges themselves, on plain ffmpeg: they see what is there and what is missing.</summary>
public sealed class HarnessTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1_795_000_000_000)]
    [InlineData((1L << 48) - 1)]
    public void A_time_code_is_read_back(long milliseconds) =>
        Assert.Equal(milliseconds, TimeCode.Decode(TimeCode.Encode(milliseconds)));

    [Theory]
    [InlineData(0UL)]
    [InlineData(ulong.MaxValue)]
    public void A_picture_without_a_pattern_is_no_time(ulong blocks) => Assert.Null(TimeCode.Decode(blocks));

    [Fact]
    public void A_half_painted_pattern_is_no_time()
    {
        const ulong UpperRow = 0xFFFF_FFFF_0000_0000;
        var before = TimeCode.Encode(1_795_000_000_000);
        var after = TimeCode.Encode(1_795_000_900_000);

        Assert.Null(TimeCode.Decode((after & UpperRow) | (before & ~UpperRow)));
    }

    [Fact]
    public async Task The_time_is_read_from_a_recorded_display_and_a_cut_is_seen()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        using var folder = new TemporaryFolder();

        await CaptureAsync(display, folder["a.mp4"]);
        await CaptureAsync(display, folder["b.mp4"]);
        var first = await VideoReader.ReadAsync(folder["a.mp4"]);
        var second = await VideoReader.ReadAsync(folder["b.mp4"]);

        Assert.All(first, frame => Assert.NotNull(frame.Picture));
        Assert.Equal(15, first.Count);
        Assert.InRange(first[^1].Offset.TotalSeconds, 2.7, 2.9);
        Assert.InRange((first[^1].Picture!.Value - first[0].Picture!.Value).TotalSeconds, 2.6, 3.1);
        Assert.True(second[0].Picture - first[^1].Picture > TimeSpan.FromSeconds(0.2));
    }

    [Fact]
    public async Task A_display_changes_its_size_and_the_pattern_stays()
    {
        await using var display = await VirtualDisplay.StartXorgAsync();
        await display.ShowTimeAsync();
        using var folder = new TemporaryFolder();

        await display.ResizeAsync(1366, 768);
        await CaptureAsync(display, folder["a.mp4"]);

        Assert.Equal((1366, 768), ((await VideoReader.ProbeAsync(folder["a.mp4"])) is var facts ? (facts.Width, facts.Height) : default));
        Assert.All(await VideoReader.ReadAsync(folder["a.mp4"]), frame => Assert.NotNull(frame.Picture));
    }

    [Fact]
    public void A_stretch_that_nothing_accounts_for_is_seen()
    {
        var start = new DateTimeOffset(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);
        var whole = Manifest(start, [Segment(0, start, 10), Segment(1, start.AddSeconds(12), 10)], [(10, 12)]);

        Assert.Empty(SessionAudit.CheckCoverage(whole));
        Assert.Single(SessionAudit.CheckCoverage(whole with { Gaps = [] }));
        Assert.Single(SessionAudit.CheckCoverage(whole with { Segments = [whole.Segments[0]] }));
        Assert.Single(SessionAudit.CheckCoverage(whole with { Segments = [whole.Segments[1]] }));
        Assert.Single(SessionAudit.CheckCoverage(whole with { EndedAt = start.AddSeconds(20) }));
        Assert.Single(SessionAudit.CheckCoverage(whole with { EndedAt = null }));
    }

    [Fact]
    public async Task A_process_is_known_by_its_environment_until_it_ends()
    {
        var mark = Guid.NewGuid().ToString("N");
        await using var process = new RunningProcess("sleep", ["60"], new Dictionary<string, string?> { ["HARNESS_TEST"] = mark });

        Assert.Equal([process.Id], ProcFs.FindByEnvironment("HARNESS_TEST", mark));
        Assert.True(ProcFs.ResidentBytes(process.Id) > 0);
        ProcFs.Signal(process.Id, ProcFs.SigKill);
        await process.WaitForExitAsync(TimeSpan.FromSeconds(5));

        Assert.False(ProcFs.IsRunning(process.Id));
        Assert.Empty(ProcFs.FindByEnvironment("HARNESS_TEST", mark));
    }

    [Fact]
    public async Task An_output_that_a_process_left_behind_holds_open_is_noticed()
    {
        await using var shell = new RunningProcess("bash", ["-c", "sleep 3 & echo done"]);

        await Assert.ThrowsAsync<TimeoutException>(() => shell.WaitForExitAsync(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_small_disk_is_full_until_it_is_freed()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root may mount a small disk");
        await using var disk = await SmallDisk.MountAsync(2);
        var file = Path.Combine(disk.FullName, "file");

        disk.Fill();
        Assert.Throws<IOException>(() => File.WriteAllBytes(file, new byte[10_000]));
        disk.Free();
        File.WriteAllBytes(file, new byte[10_000]);
        await disk.MakeReadOnlyAsync();

        Assert.ThrowsAny<Exception>(() => File.WriteAllBytes(file, new byte[10_000]));
    }

    private static SessionManifest Manifest(
        DateTimeOffset start, IReadOnlyList<ManifestSegment> segments, (int From, int To)[] gaps) => new(
        1,
        "s",
        "local",
        "complete",
        "u",
        "h",
        start,
        segments[^1].EndedAt,
        new Dictionary<string, string>(),
        new ManifestRecorder("0.1.0", null, null, null),
        [],
        segments,
        [.. gaps.Select(gap => new ManifestGap(start.AddSeconds(gap.From), start.AddSeconds(gap.To), "starting", null))],
        "");

    private static ManifestSegment Segment(int index, DateTimeOffset startedAt, double duration) =>
        new(index, $"video/{index}.mp4", startedAt, duration, 50, 1280, 720, 1, "");

    private static Task<string> CaptureAsync(VirtualDisplay display, string path) => Tool.RunAsync(
        "ffmpeg",
        [
            "-v", "error", "-nostdin", "-f", "x11grab", "-framerate", "5", "-i", display.Name, "-t", "3", "-vcodec", "libx264",
            "-preset", "veryfast", "-pix_fmt", "yuv420p", path,
        ]);
}
