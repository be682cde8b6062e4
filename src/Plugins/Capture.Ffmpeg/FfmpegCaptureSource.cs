using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Captures with ffmpeg.</summary>
internal sealed class FfmpegCaptureSource(
    FfmpegPrograms programs,
    FfmpegDialects dialects,
    SourceSelector sources,
    SegmentProbe probe,
    IOptions<FfmpegOptions> options,
    IProcessSupervisor supervisor,
    TimeProvider time,
    ILogger<FfmpegCapture> logger) : ICaptureSource
{
    private const string Encoder = "libx264";
    private const string Muxer = "segment";

    /// <summary>ffmpeg tells it within milliseconds; one that hangs is the host's matter.</summary>
    private static readonly TimeSpan TrialTimeout = TimeSpan.FromSeconds(1);

    /// <summary>ffmpeg connects at its start. What is held for that is in the way of an X server that begins with this display.</summary>
    private static readonly TimeSpan LongestGuard = TimeSpan.FromSeconds(10);

    private volatile bool _isSuspect;

    public async Task<CaptureDescription> ProbeAsync(CancellationToken cancellationToken)
    {
        var program = programs.Ffmpeg;
        var better = sources.Better;
        await probe.RequireAsync();
        var output = await ReadOutputAsync(program, ["-hide_banner", "-encoders"], cancellationToken);
        if (!output.Any(line => line.Contains($" {Encoder} ", StringComparison.Ordinal)))
        {
            throw Unable(program, $"was built without the encoder {Encoder}");
        }

        var muxers = await ReadOutputAsync(program, ["-hide_banner", "-muxers"], cancellationToken);
        if (!muxers.Any(line => line.Contains($" {Muxer} ", StringComparison.Ordinal)))
        {
            throw Unable(program, $"was built without the muxer {Muxer}");
        }

        // Not from the list of devices, which leaves out some on Windows. For an unknown one the exit code is 0 too.
        var device = await ReadOutputAsync(program, ["-hide_banner", "-h", $"demuxer={sources.Plain}"], cancellationToken);
        if (!device.Any(line => line.StartsWith($"Demuxer {sources.Plain} ", StringComparison.Ordinal)))
        {
            throw Unable(program, $"was built without the device {sources.Plain}");
        }

        var banner = await ReadOutputAsync(program, ["-version"], cancellationToken);
        return new CaptureDescription(
            await FindBestAsync(program, better, cancellationToken), Encoder, FfmpegOutput.ParseVersion(banner.FirstOrDefault()) ?? "ffmpeg", null, null);
    }

    /// <summary>The best source that this ffmpeg has. Whether it works here, a trial shows once there is something to capture.</summary>
    private async Task<string> FindBestAsync(string program, IReadOnlyList<string> better, CancellationToken cancellationToken)
    {
        foreach (var source in better)
        {
            var filter = await ReadOutputAsync(program, ["-hide_banner", "-h", $"filter={source}"], cancellationToken);
            if (filter.Contains($"Filter {source}"))
            {
                return source;
            }
        }

        return sources.Plain;
    }

    public async Task<ICapture> StartAsync(CaptureRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        RefuseUsedPrefix(request);

        // Without it no segment could be measured: better no start than segments that nobody can account for.
        await probe.RequireAsync();
        var program = programs.Ffmpeg;
        if (_isSuspect)
        {
            // Not before every first capture: it would cost the session's first moments.
            _isSuspect = false;
            await ProbeAsync(cancellationToken);
        }

        var source = await sources.ChooseAsync(program, request, cancellationToken);
        var capture = await StartAsync(program, request, source, cancellationToken);
        _ = GiveWayAsync(program, request, source, capture);
        return capture;
    }

    private async Task<FfmpegCapture> StartAsync(
        string program, CaptureRequest request, string source, CancellationToken cancellationToken)
    {
        if (dialects.Find(program) is { } known)
        {
            return await StartAsync(program, request, source, known, new FfmpegOutput(), cancellationToken);
        }

        var output = new FfmpegOutput();
        var capture = await StartAsync(program, request, source, FpsOption.FpsMode, output, cancellationToken);
        try
        {
            return await TryOutAsync(program, capture, output, cancellationToken)
                ? capture
                : await StartAsync(program, request, source, FpsOption.Vsync, new FfmpegOutput(), cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await capture.DisposeAsync();
            throw;
        }
    }

    public Task<SegmentFacts?> RepairAsync(string path, double frameRate, CancellationToken cancellationToken) =>
        SegmentRepair.RepairAsync(path, frameRate, probe, cancellationToken);

    private async Task<FfmpegCapture> StartAsync(
        string program, CaptureRequest request, string source, FpsOption fpsOption, FfmpegOutput output, CancellationToken cancellationToken)
    {
        if (source != ScreenInput.X11 || !OperatingSystem.IsLinux() || !DisplayOwner.Matters)
        {
            return Start(program, request, source, fpsOption, output);
        }

        var guard = await DisplayGuard.TakeAsync(ScreenInput.Display(request.Session), request.Session.User, time, cancellationToken);
        try
        {
            var capture = Start(program, request, source, fpsOption, output);
            _ = Task.WhenAny(output.OptionsTaken, output.FpsModeRefused, capture.Completion, Task.Delay(LongestGuard, time, CancellationToken.None))
                .ContinueWith(_ => guard.Dispose(), TaskScheduler.Default);
            return capture;
        }
        catch
        {
            guard.Dispose();
            throw;
        }
    }

    private FfmpegCapture Start(
        string program, CaptureRequest request, string source, FpsOption fpsOption, FfmpegOutput output)
    {
        var startedAt = time.GetTimestamp();
        var keys = source == ScreenInput.X11 && OperatingSystem.IsLinux() ? DisplayKeys.CopyFor(request.Session, logger) : null;
        IChildProcess process;
        try
        {
            process = supervisor.Start(new ProcessStart
            {
                FileName = program,
                Arguments = FfmpegCommand.Build(request, options.Value, fpsOption, source, sources.MonitorHandles(request, source)),
                Environment = EnvironmentOf(request, source, keys),
                WorkingDirectory = request.OutputDirectory,
                OnErrorLine = output.ReadErrorLine,
                LowPriority = true,
            });
        }
        catch
        {
            keys?.Dispose();
            throw;
        }

        _ = process.Exited.ContinueWith(_ => keys?.Dispose(), TaskScheduler.Default);
        return new FfmpegCapture(process, output, request, source, TellEnd, probe, logger);

        void TellEnd(CaptureOutcome outcome)
        {
            if (outcome.End is not (CaptureEnd.Stopped or CaptureEnd.SourceChanged))
            {
                _isSuspect |= outcome.End == CaptureEnd.Failed && output.Frames == 0 && !output.FpsModeRefused.IsCompleted;
                sources.TellFailed(source, time.GetElapsedTime(startedAt));
            }
        }
    }

    /// <summary>Ends a capture once a better source than its own works.</summary>
    private async Task GiveWayAsync(string program, CaptureRequest request, string source, FfmpegCapture capture)
    {
        using var ended = new CancellationTokenSource();
        _ = capture.Completion.ContinueWith(_ => ended.CancelAsync(), TaskScheduler.Default).Unwrap();
        try
        {
            if (await sources.WaitForBetterAsync(program, request, source, ended.Token) is { } better)
            {
                await capture.GiveWayAsync(better);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or RecorderException)
        {
            // It ended before, or ffmpeg cannot be started any more, which the next capture tells of.
        }
    }

    /// <summary>What ffmpeg is told besides what the host lets through: the session's variables, with these over them.</summary>
    /// <remarks>
    /// gdigrab asks Windows for the desktop's size without saying that it knows of scales (libavdevice/gdigrab.c), and older
    /// ffmpeg.exe have no manifest that says it: beside scaled monitors it would refuse or misplace the pixels that are asked
    /// for. Windows takes it from the variable too.
    /// </remarks>
    private static Dictionary<string, string> EnvironmentOf(CaptureRequest request, string source, DisplayKeys? keys)
    {
        var environment = new Dictionary<string, string>(request.Session.Environment);
        if (source == ScreenInput.Gdi)
        {
            environment["__COMPAT_LAYER"] = "HighDpiAware";
        }

        if (keys is not null)
        {
            environment["XAUTHORITY"] = keys.Path;
        }

        return environment;
    }

    /// <summary>Finds out whether ffmpeg takes the newer option: it says so before it opens the display.</summary>
    /// <returns>False when it does not, and the capture is over.</returns>
    private async Task<bool> TryOutAsync(
        string program, FfmpegCapture capture, FfmpegOutput output, CancellationToken cancellationToken)
    {
        var timeout = Task.Delay(TrialTimeout, cancellationToken);
        await Task.WhenAny(output.OptionsTaken, output.FpsModeRefused, capture.Completion, timeout);
        cancellationToken.ThrowIfCancellationRequested();
        if (output.FpsModeRefused.IsCompleted)
        {
            await capture.DisposeAsync();
            dialects.Learn(program, FpsOption.Vsync);
            return false;
        }

        if (output.OptionsTaken.IsCompleted)
        {
            dialects.Learn(program, FpsOption.FpsMode);
        }

        // Anything else is a failure like any other, which the capture tells of by itself.
        return true;
    }

    /// <summary>The segment muxer overwrites files, whatever -n says.</summary>
    private static void RefuseUsedPrefix(CaptureRequest request)
    {
        if (request.Regions
            .SelectMany(region => Directory.EnumerateFiles(request.OutputDirectory, $"{region.FilePrefix}-*"))
            .FirstOrDefault() is { } used)
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

    private CaptureException Unable(string program, string what) => new(
        $"{program} {what}",
        CaptureEnd.Failed,
        FailureScope.Host,
        isTransient: false,
        $"install an ffmpeg 4.1 or newer with {Encoder}, {Muxer} and {sources.Plain}, or set Capture:Options:FfmpegPath to one");
}
