namespace SessionRecorder.Bench;

/// <summary>How long start and stop keep their caller, on an idle desktop.</summary>
internal static class StartAndStop
{
    private const int Rounds = 10;

    public static async Task MeasureAsync(Report report)
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var recorder = new Recorder(display.Name);
        var (starts, stops) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            starts.Add(await TimeAsync(recorder, "start", $"round-{round}"));
            await Task.Delay(TimeSpan.FromSeconds(3));
            stops.Add(await TimeAsync(recorder, "stop", $"round-{round}"));
        }

        report.Table($"Start and stop of an idle desktop, {Rounds} times", "what", "promised", "median", "slowest");
        report.Row("`start`, first frame on disk", "1.5 s", Figures.Seconds(Figures.Median(starts)), Figures.Seconds(starts.Max()));
        report.Row("`stop`, everything stored", "2 s", Figures.Seconds(Figures.Median(stops)), Figures.Seconds(stops.Max()));
    }

    private static async Task<double> TimeAsync(Recorder recorder, string command, string session)
    {
        var result = await recorder.RunAsync(command, "--session", session);
        return result.ExitCode == 0 ? result.Elapsed.TotalSeconds : throw new IOException($"{command}: {result}");
    }
}
