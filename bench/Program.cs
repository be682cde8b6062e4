using SessionRecorder.Bench;

// SessionRecorder.Bench REPORT [start|cost|files|display|ledger|upload]…
var measures = new Dictionary<string, Func<Report, Task>>
{
    ["start"] = StartAndStop.MeasureAsync,
    ["cost"] = Cost.MeasureAsync,
    ["files"] = Steps.MeasureFilesAsync,
    ["display"] = Steps.MeasureDisplayAsync,
    ["ledger"] = Reopening.MeasureAsync,
    ["upload"] = Uploading.MeasureAsync,
};
var wanted = args.Length > 1 ? args[1..] : [.. measures.Keys];
if (args.Length == 0 || wanted.Except(measures.Keys).Any())
{
    Console.Error.WriteLine($"usage: SessionRecorder.Bench REPORT [{string.Join('|', measures.Keys)}]…");
    return 2;
}

var report = new Report();
report.Line($"{DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, {Environment.ProcessorCount} cores, {Environment.OSVersion}");
var code = 0;
foreach (var measure in wanted)
{
    try
    {
        await measures[measure](report);
    }
    catch (Exception exception) when (exception is IOException or TimeoutException or InvalidOperationException)
    {
        report.Line($"{measure} could not be measured: {exception.Message}");
        code = 1;
    }
}

await File.WriteAllTextAsync(args[0], report.ToString());
return code;
