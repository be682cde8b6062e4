namespace SessionRecorder.Bench;

/// <summary>What a minute of recording costs: ours beside the sample's, on an idle and on a busy desktop.</summary>
internal static class Cost
{
    private static readonly TimeSpan _minute = TimeSpan.FromSeconds(60);

    private readonly record struct Bill(double HostCpu, double FfmpegCpu, long HostBytes, long FfmpegBytes, long Stored)
    {
        public double Cpu => HostCpu + FfmpegCpu;

        public long Memory => HostBytes + FfmpegBytes;
    }

    public static async Task MeasureAsync(Report report)
    {
        foreach (var isBusy in new[] { false, true })
        {
            await using var display = await VirtualDisplay.StartXvfbAsync();
            if (isBusy)
            {
                await display.ShowScrollingTextAsync();
            }

            var ours = await OursAsync(display);
            var theirs = await TheirsAsync(display);
            Tell(report, isBusy ? "busy desktop (text scrolls by lines and pages)" : "idle desktop", ours, theirs);
        }
    }

    private static async Task<Bill> OursAsync(VirtualDisplay display)
    {
        await using var recorder = new Recorder(display.Name);
        recorder.Configuration["Capture"]!["SegmentDuration"] = "60s";
        await recorder.StartAsync("minute");
        var host = recorder.HostIds.Single();
        var ffmpeg = recorder.FfmpegIds.Single();
        var (hostBefore, ffmpegBefore) = (ProcFs.CpuTime(host), ProcFs.CpuTime(ffmpeg));
        await Task.Delay(_minute);
        var bill = new Bill(
            (ProcFs.CpuTime(host) - hostBefore).TotalSeconds,
            (ProcFs.CpuTime(ffmpeg) - ffmpegBefore).TotalSeconds,
            ProcFs.PeakResidentBytes(host),
            ProcFs.PeakResidentBytes(ffmpeg),
            0);
        var session = await recorder.StopAsync("minute");
        return bill with { Stored = session.Manifest.Segments.Sum(segment => segment.Bytes) };
    }

    private static async Task<Bill> TheirsAsync(VirtualDisplay display)
    {
        using var folder = new TemporaryFolder();
        await using var sample = new SampleLoop(display, folder.FullName, TimeSpan.FromSeconds(300));
        sample.Start();
        await Task.Delay(TimeSpan.FromSeconds(1));
        var before = ProcFs.CpuTime(sample.FfmpegId);
        await Task.Delay(_minute);
        var bill = new Bill(
            0,
            (ProcFs.CpuTime(sample.FfmpegId) - before).TotalSeconds,
            0,
            ProcFs.PeakResidentBytes(sample.FfmpegId),
            0);
        await sample.StopAsync();
        return bill with { Stored = sample.Files.Sum(file => new FileInfo(file).Length) };
    }

    private static void Tell(Report report, string desktop, Bill ours, Bill theirs)
    {
        report.Table($"A minute of a 1280x720 {desktop}, 5 frames/s", "what", "promised", "ours", "the sample's", "ratio");
        report.Row("CPU, host and ffmpeg", "", Figures.Seconds(ours.Cpu), Figures.Seconds(theirs.Cpu), Figures.Ratio(ours.Cpu, theirs.Cpu));
        report.Row("of that the host", "0.60 s", Figures.Seconds(ours.HostCpu), "not counted", "-");
        report.Row(
            "memory, host and ffmpeg", "", Figures.Megabytes(ours.Memory), Figures.Megabytes(theirs.Memory), Figures.Ratio(ours.Memory, theirs.Memory));
        report.Row("of that the host", "90 MB", Figures.Megabytes(ours.HostBytes), "not counted", "-");
        report.Row(
            "stored", "", Figures.Kilobytes(ours.Stored), Figures.Kilobytes(theirs.Stored), Figures.Ratio(ours.Stored, theirs.Stored));
    }
}
