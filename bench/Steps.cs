namespace SessionRecorder.Bench;

/// <summary>How much of the picture is lost when a file ends and when the display changes: ours beside the sample's.</summary>
internal static class Steps
{
    private const int Changes = 10;
    private static readonly TimeSpan _fileDuration = TimeSpan.FromSeconds(10);

    /// <summary>At the end of a file.</summary>
    public static async Task MeasureFilesAsync(Report report)
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        static Task Wait() => Task.Delay(TimeSpan.FromSeconds(45));

        var ours = await OursAsync(display, Wait);
        var theirs = await TheirsAsync(display, _fileDuration, Wait);

        report.Table(
            $"Steps of the picture's time where one file ends and the next begins, every {_fileDuration.TotalSeconds:F0} s",
            "what", "promised", "median", "largest", "count");
        Tell(report, "ours", "0.30 s", [.. ours.Steps.Where(s => s.AcrossSegments).Select(s => s.Length)]);
        Tell(report, "the sample's loop", "", [.. theirs.Steps.Where(s => s.AcrossSegments).Select(s => s.Length)]);
    }

    /// <summary>At a change of the display's size.</summary>
    public static async Task MeasureDisplayAsync(Report report)
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await display.AddModeAsync("screen", 1600, 900);
        var moments = new List<DateTimeOffset>();
        async Task Change()
        {
            moments.Clear();
            for (var change = 0; change < Changes; change++)
            {
                await Task.Delay(TimeSpan.FromSeconds(3));
                moments.Add(DateTimeOffset.UtcNow);
                await (change % 2 == 0 ? display.ResizeAsync(1600, 900) : display.ResizeAsync(1280, 720));
            }

            await Task.Delay(TimeSpan.FromSeconds(3));
        }

        var ours = StepsAt(await OursAsync(display, Change), moments);
        var theirs = StepsAt(await TheirsAsync(display, TimeSpan.FromSeconds(300), Change), moments);

        report.Table(
            "Steps of the picture's time where the display changes its size, up and down in turn",
            "what", "promised", "median", "largest", "count");
        Tell(report, "ours", "0.40 s", ours);
        Tell(report, "the sample's loop", "", theirs);
    }

    // The largest step near each change: the picture may go on for a moment after the change.
    private static List<TimeSpan> StepsAt(Footage footage, IReadOnlyList<DateTimeOffset> moments) =>
    [
        .. moments.Select(moment => footage.Steps
            .Where(s => s.After.Picture > moment && s.Before.Picture < moment + TimeSpan.FromSeconds(1.5))
            .Max(s => s.Length)),
    ];

    private static async Task<Footage> OursAsync(VirtualDisplay display, Func<Task> scenario)
    {
        await using var recorder = new Recorder(display.Name);
        recorder.Configuration["Capture"]!["SegmentDuration"] = $"{_fileDuration.TotalSeconds:F0}s";
        await recorder.StartAsync("steps");
        await scenario();
        return await Footage.ReadAsync(await recorder.StopAsync("steps"));
    }

    private static async Task<Footage> TheirsAsync(VirtualDisplay display, TimeSpan fileDuration, Func<Task> scenario)
    {
        using var folder = new TemporaryFolder();
        await using var sample = new SampleLoop(display, folder.FullName, fileDuration);
        sample.Start();
        await scenario();
        await sample.StopAsync();
        return await Footage.ReadFilesAsync(sample.Files);
    }

    private static void Tell(Report report, string what, string promised, List<TimeSpan> steps) => report.Row(
        what,
        promised,
        Figures.Seconds(Figures.Median(steps.Select(s => s.TotalSeconds))),
        Figures.Seconds(steps.Max().TotalSeconds),
        $"{steps.Count}");
}
