using System.Diagnostics;
using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Storage;

namespace SessionRecorder.Bench;

/// <summary>How fast a backlog reaches a real S3 server on this machine, beside awscli, and what memory it takes.</summary>
internal static class Uploading
{
    private const string Bucket = "bench";

    private const int Rounds = 3;

    public static async Task MeasureAsync(Report report)
    {
        var aws = FindAws() ?? throw new InvalidOperationException("aws is not installed");
        report.Table("A backlog to the local S3 server", "what", "size", "recover", "awscli", "ratio of the throughputs", "peak memory of recover");
        foreach (var (count, bytes) in new[] { (120, 1L << 20), (24, 16L << 20), (4, 96L << 20) })
        {
            // A store of its own for each: it gives back the space of deleted objects only after hours.
            await using var server = await StartAsync();
            var ours = new List<double>();
            var theirs = new List<double>();
            var peak = 0L;
            for (var round = 0; round < Rounds; round++)
            {
                var (seconds, memory, other) = await RunAsync(server, aws, count, bytes);
                ours.Add(seconds);
                theirs.Add(other!.Value);
                peak = Math.Max(peak, memory);
            }

            var (median, medianOfAws) = (Figures.Median(ours), Figures.Median(theirs));
            Tell(report, count, bytes, median, medianOfAws, peak);
        }

        await using var last = await StartAsync();
        var large = await RunAsync(last, null, 32, 64L << 20);
        Tell(report, 32, 64L << 20, large.Seconds, null, large.Memory);
    }

    private static async Task<S3Server> StartAsync() =>
        await S3Server.StartAsync() ?? throw new InvalidOperationException("an S3 server needs root on Linux");

    private static void Tell(Report report, int count, long bytes, double ours, double? theirs, long memory)
    {
        string Rate(double seconds) => $"{Figures.Seconds(seconds)}, {count * bytes / 1e6 / seconds:F0} MB/s";
        report.Row(
            $"{count} segments of {bytes >> 20} MiB", Figures.Megabytes(count * bytes), Rate(ours), theirs is { } t ? Rate(t) : "-",
            theirs is { } other ? Figures.Ratio(other, ours) : "-", Figures.Megabytes(memory));
    }

    private static async Task<(double Seconds, long Memory, double? Aws)> RunAsync(S3Server server, string? aws, int count, long bytes)
    {
        using var made = new TemporaryFolder();
        var bucket = $"{Bucket}-{Guid.NewGuid():N}";
        await AwsAsync(server, "s3", "mb", $"s3://{bucket}");
        var files = await SpoolBuilder.MakeLargeFilesAsync(made["files"], count, bytes);
        double? other = null;
        if (aws is not null)
        {
            other = await TimeAsync(() => AwsAsync(server, "s3", "cp", "--recursive", "--only-show-errors", made["files"], $"s3://{bucket}/aws/"));
        }

        await using var recorder = new Recorder(null);
        recorder.Configuration["Storage"]!["archive"] = new JsonObject
        {
            ["Plugin"] = "s3",
            ["Options"] = new JsonObject
            {
                ["Bucket"] = bucket, ["Region"] = server.Region, ["Endpoint"] = server.Endpoint.AbsoluteUri, ["PathStyle"] = true,
                ["AccessKeyId"] = server.User.AccessKey, ["SecretAccessKey"] = server.User.SecretKey,
            },
        };
        await SpoolBuilder.BuildAsync(recorder.DataDirectory, "backlog", "bench/backlog/", files);
        var peak = 0L;
        var seconds = await TimeAsync(async () => peak = await RecoverAsync(recorder));
        await AwsAsync(server, "s3", "rb", "--force", $"s3://{bucket}");
        return (seconds, peak, other);
    }

    private static async Task<long> RecoverAsync(Recorder recorder)
    {
        await using var recovering = recorder.Launch("recover");
        var peak = 0L;
        while (!recovering.HasExited)
        {
            peak = Math.Max(peak, ProcFs.PeakResidentBytes(recovering.Id));
            await Task.Delay(20);
        }

        var result = await recovering.WaitForExitAsync(TimeSpan.FromSeconds(5));
        return result.ExitCode == 0 ? peak : throw new IOException($"recover: {result}");
    }

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        await work();
        return watch.Elapsed.TotalSeconds;
    }

    private static async Task AwsAsync(S3Server server, params string[] arguments)
    {
        var result = await Tool.TryAsync(
            FindAws()!,
            [.. arguments, "--endpoint-url", server.Endpoint.AbsoluteUri, "--region", server.Region],
            new Dictionary<string, string?>
            {
                ["AWS_ACCESS_KEY_ID"] = server.User.AccessKey, ["AWS_SECRET_ACCESS_KEY"] = server.User.SecretKey, ["AWS_CA_BUNDLE"] = null,
            },
            TimeSpan.FromMinutes(5));
        if (result.ExitCode != 0)
        {
            throw new IOException($"aws {string.Join(' ', arguments)}: {result}");
        }
    }

    private static string? FindAws() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':')
        .Select(folder => Path.Combine(folder, "aws"))
        .FirstOrDefault(File.Exists);
}
