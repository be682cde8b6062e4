using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Captures with ffmpeg.</summary>
internal sealed class FfmpegCaptureSource(
    FfmpegPrograms programs,
    SegmentProbe probe,
    IOptions<FfmpegOptions> options,
    IProcessSupervisor supervisor,
    ILogger<FfmpegCapture> logger) : ICaptureSource
{
    private const string Encoder = "libx264";

    public async Task<CaptureDescription> ProbeAsync(CancellationToken cancellationToken)
    {
        var program = programs.Ffmpeg;
        await probe.RequireAsync();
        var output = await ReadOutputAsync(program, ["-hide_banner", "-encoders"], cancellationToken);
        if (!output.Any(line => line.Contains($" {Encoder} ", StringComparison.Ordinal)))
        {
            throw Unable(program, $"was built without the encoder {Encoder}");
        }

        var devices = await ReadOutputAsync(program, ["-hide_banner", "-devices"], cancellationToken);
        if (!devices.Any(line => line.Contains(FfmpegCommand.Source, StringComparison.Ordinal)))
        {
            throw Unable(program, $"was built without the device {FfmpegCommand.Source}");
        }

        var banner = await ReadOutputAsync(program, ["-version"], cancellationToken);
        return new CaptureDescription(
            FfmpegCommand.Source, Encoder, FfmpegOutput.ParseVersion(banner.FirstOrDefault()) ?? "ffmpeg", null, null);
    }

    public async Task<ICapture> StartAsync(CaptureRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        RefuseUsedPrefix(request);

        // Without it no segment could be measured: better no start than segments that nobody can account for.
        await probe.RequireAsync();
        var output = new FfmpegOutput();
        var start = new ProcessStart
        {
            FileName = programs.Ffmpeg,
            Arguments = FfmpegCommand.Build(request, options.Value),
            Environment = request.Session.Environment,
            WorkingDirectory = request.OutputDirectory,
            OnErrorLine = output.ReadErrorLine,
            LowPriority = true,
        };
        return new FfmpegCapture(supervisor.Start(start), output, request, probe, logger);
    }

    public Task<SegmentFacts?> RepairAsync(string path, double frameRate, CancellationToken cancellationToken) =>
        SegmentRepair.RepairAsync(path, frameRate, probe, cancellationToken);

    /// <summary>The segment muxer overwrites files, whatever -n says.</summary>
    private static void RefuseUsedPrefix(CaptureRequest request)
    {
        if (Directory.EnumerateFiles(request.OutputDirectory, $"{request.FilePrefix}-*").FirstOrDefault() is { } used)
        {
            throw new CaptureException(
                $"{used} is there already, and would be overwritten",
                CaptureEnd.Failed,
                FailureScope.Segment,
                isTransient: true);
        }
    }

    private async Task<List<string>> ReadOutputAsync(
        string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        await using var process = supervisor.Start(new ProcessStart { FileName = program, Arguments = arguments });
        var lines = new List<string>();
        await foreach (var line in process.ReadLinesAsync(cancellationToken))
        {
            lines.Add(line);
        }

        var exitCode = await process.Exited;
        return exitCode == 0 ? lines : throw Unable(program, $"ended with exit code {exitCode}");
    }

    private static CaptureException Unable(string program, string what) => new(
        $"{program} {what}",
        CaptureEnd.Failed,
        FailureScope.Host,
        isTransient: false,
        $"install an ffmpeg 5.1 or newer with {Encoder} and {FfmpegCommand.Source}, or set Capture:Options:FfmpegPath to one");
}
