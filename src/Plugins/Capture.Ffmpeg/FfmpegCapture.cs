using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace SessionRecorder.Plugins;

/// <summary>One running ffmpeg.</summary>
internal sealed partial class FfmpegCapture : ICapture
{
    private static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan[] MeasureDelays = [.. new[] { 0.5, 1, 2, 5, 10, 20, 30 }.Select(TimeSpan.FromSeconds)];
    private static readonly TimeSpan OnDiskPollInterval = TimeSpan.FromMilliseconds(20);

    private readonly IChildProcess _process;
    private readonly FfmpegOutput _output;
    private readonly CaptureRequest _request;
    private readonly SegmentProbe _probe;
    private readonly ILogger _logger;
    private readonly Channel<CapturedSegment> _segments = Channel.CreateUnbounded<CapturedSegment>(new() { SingleReader = true });
    private readonly Channel<ListedSegment> _listed = Channel.CreateUnbounded<ListedSegment>(new() { SingleReader = true });
    private readonly string _source;
    private readonly Action<CaptureOutcome> _onEnded;
    private readonly Dictionary<CaptureRegion, DateTimeOffset> _lastEnds = [];
    private readonly HashSet<string> _told = [];
    private volatile bool _onDisk;
    private volatile bool _stopAsked;
    private volatile bool _aborted;
    private volatile string? _successor;

    /// <summary>Takes over an ffmpeg that was just started.</summary>
    /// <param name="process">The process.</param>
    /// <param name="output">What takes in its stderr.</param>
    /// <param name="request">What it captures.</param>
    /// <param name="source">How it reads the screen.</param>
    /// <param name="onEnded">Told how it ended, before anybody else is.</param>
    /// <param name="probe">Measures segments.</param>
    /// <param name="logger">The log.</param>
    public FfmpegCapture(
        IChildProcess process,
        FfmpegOutput output,
        CaptureRequest request,
        string source,
        Action<CaptureOutcome> onEnded,
        SegmentProbe probe,
        ILogger<FfmpegCapture> logger)
    {
        _process = process;
        _output = output;
        _request = request;
        _source = source;
        _onEnded = onEnded;
        _probe = probe;
        _logger = logger;
        Completion = ReadAsync();
        _ = MeasureAsync();
        _ = WatchFirstFilesAsync();
    }

    public CaptureDescription Description =>
        new(_source, "libx264", _output.Version, _process.Id, _process.StartToken);

    public CaptureProgress Progress => new(_output.Frames, _output.FirstFrameAt, _onDisk);

    public Task<CaptureOutcome> Completion { get; }

    public IAsyncEnumerable<CapturedSegment> ReadSegmentsAsync(CancellationToken cancellationToken) =>
        _segments.Reader.ReadAllAsync(cancellationToken);

    public async Task<CaptureOutcome> StopAsync(CancellationToken cancellationToken)
    {
        if (!_stopAsked && !_process.Exited.IsCompleted)
        {
            _stopAsked = true;
            await AskToQuitAsync();
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(GracePeriod);
        try
        {
            await _process.Exited.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Abort();
        }

        return await Completion;
    }

    /// <summary>Ends the capture in good order, because a better source works again.</summary>
    /// <param name="successor">That source.</param>
    public async Task GiveWayAsync(string successor)
    {
        if (!_stopAsked)
        {
            _successor = successor;
            await StopAsync(CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.Exited.IsCompleted)
        {
            Abort();
        }

        await Completion;
        await _process.DisposeAsync();
    }

    private void Abort()
    {
        _aborted = true;
        _process.Kill();
    }

    /// <summary>ffmpeg takes <c>q</c> on its standard input on every system; signals exist on some only.</summary>
    private async Task AskToQuitAsync()
    {
        try
        {
            await _process.StandardInput.WriteAsync("q"u8.ToArray());
            await _process.StandardInput.FlushAsync();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It has ended by itself, and may have been let go of; Completion tells how.
        }
    }

    /// <summary>
    /// Only reads: whoever watches <see cref="Progress"/> must not see it stand still while a segment is measured, and the
    /// end of ffmpeg must be known at once.
    /// </summary>
    private async Task<CaptureOutcome> ReadAsync()
    {
        try
        {
            await foreach (var line in _process.ReadLinesAsync(CancellationToken.None))
            {
                if (_output.ReadOutputLine(line) is { } listed)
                {
                    _listed.Writer.TryWrite(listed);
                }
            }

            return Tell(Judge(await _process.Exited));
        }
        catch (Exception e)
        {
            // Whatever went wrong here must not keep the host from starting another capture.
            LogBroken(e);
            _process.Kill();
            return Tell(new CaptureOutcome(CaptureEnd.Failed, e.Message.ReplaceLineEndings(" ")));
        }
        finally
        {
            _listed.Writer.Complete();
        }
    }

    private CaptureOutcome Tell(CaptureOutcome outcome)
    {
        _onEnded(outcome);
        return outcome;
    }

    private async Task MeasureAsync()
    {
        try
        {
            await foreach (var listed in _listed.Reader.ReadAllAsync())
            {
                if (RegionOf(listed.Name) is { } region)
                {
                    await TellAsync(Path.Combine(_request.OutputDirectory, listed.Name), region, StartOf(listed.From));
                }
            }

            await _process.Exited;
            await TellLeftoversAsync();
        }
        catch (Exception e)
        {
            // The files stay where they are: the host asks again.
            LogBroken(e);
        }
        finally
        {
            _segments.Writer.Complete();
        }
    }

    private CaptureOutcome Judge(int exitCode)
    {
        if (_stopAsked && !_aborted && exitCode is 0 or 255)
        {
            return _successor is { } successor
                ? new CaptureOutcome(CaptureEnd.SourceChanged, $"{successor} works again")
                : new CaptureOutcome(CaptureEnd.Stopped, null);
        }

        var detail = $"ffmpeg ended with exit code {exitCode}" + (_output.LastError is { } error ? $": {error}" : "");
        return new CaptureOutcome(_aborted ? CaptureEnd.Aborted : _output.Failure, detail);
    }

    private DateTimeOffset StartOf(TimeSpan sinceFirstFrame) =>
        (_output.FirstFrameAt ?? File.GetLastWriteTimeUtc(_request.OutputDirectory)) + sinceFirstFrame;

    private CaptureRegion? RegionOf(string name) =>
        _request.Regions.FirstOrDefault(region => name.StartsWith($"{region.FilePrefix}-", StringComparison.Ordinal));

    /// <summary>What ffmpeg did not list: the files it was writing when it was killed, or failed.</summary>
    private async Task TellLeftoversAsync()
    {
        foreach (var region in _request.Regions)
        {
            var leftovers = Directory
                .EnumerateFiles(_request.OutputDirectory, $"{region.FilePrefix}-*.mp4")
                .Where(path => !_told.Contains(path))
                .Order(StringComparer.Ordinal);
            foreach (var path in leftovers)
            {
                await TellAsync(path, region, _lastEnds.TryGetValue(region, out var end) ? end : StartOf(TimeSpan.Zero));
            }
        }
    }

    private async Task TellAsync(string path, CaptureRegion region, DateTimeOffset startedAt)
    {
        _told.Add(path);
        try
        {
            if (await MeasureAsync(path) is not { } facts)
            {
                // Killed before its first fragment: an empty shell that no player takes.
                File.Delete(path);
                return;
            }

            _lastEnds[region] = startedAt + facts.LastFrame + TimeSpan.FromSeconds(1 / _request.FrameRate);
            _segments.Writer.TryWrite(new CapturedSegment(path, startedAt, facts, region.Monitor));
        }
        catch (Exception e) when (e is RecorderException or IOException or UnauthorizedAccessException)
        {
            // It stays where it is: the host asks again at the session's end, and recovery after that.
            LogUnreadable(path, e);
        }
    }

    /// <summary>
    /// Again, where ffprobe fails while the recording goes on: those that follow wait, so that segments stay in order. Not
    /// for ever, so that one file cannot keep the others from being stored.
    /// </summary>
    private async Task<SegmentFacts?> MeasureAsync(string path)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await SegmentRepair.RepairAsync(path, _request.FrameRate, _probe, CancellationToken.None);
            }
            catch (RecorderException e) when (e.IsTransient && attempt < MeasureDelays.Length && !_process.Exited.IsCompleted)
            {
                LogMeasuredAgain(path, e);
                await Task.WhenAny(Task.Delay(MeasureDelays[attempt]), _process.Exited);
            }
        }
    }

    private async Task WatchFirstFilesAsync()
    {
        while (!_onDisk && !_process.Exited.IsCompleted)
        {
            _onDisk = _request.Regions.All(region =>
                SegmentRepair.HoldsAFrame(Path.Combine(_request.OutputDirectory, $"{region.FilePrefix}-000000.mp4")));
            await Task.Delay(OnDiskPollInterval);
        }
    }

    [LoggerMessage(EventId = 200, Level = LogLevel.Error, Message = "Reading ffmpeg's output failed")]
    private partial void LogBroken(Exception exception);

    [LoggerMessage(EventId = 202, Level = LogLevel.Warning, Message = "The segment {Path} could not be measured, and is measured again")]
    private partial void LogMeasuredAgain(string path, Exception exception);

    [LoggerMessage(EventId = 201, Level = LogLevel.Error, Message = "The segment {Path} could not be measured and stays in the spool")]
    private partial void LogUnreadable(string path, Exception exception);
}
