using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace SessionRecorder.Plugins;

/// <summary>One running ffmpeg.</summary>
internal sealed partial class FfmpegCapture : ICapture
{
    private static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan OnDiskPollInterval = TimeSpan.FromMilliseconds(20);

    private readonly IChildProcess _process;
    private readonly FfmpegOutput _output;
    private readonly CaptureRequest _request;
    private readonly SegmentProbe _probe;
    private readonly ILogger _logger;
    private readonly Channel<CapturedSegment> _segments = Channel.CreateUnbounded<CapturedSegment>(new() { SingleReader = true });
    private readonly Channel<ListedSegment> _listed = Channel.CreateUnbounded<ListedSegment>(new() { SingleReader = true });
    private readonly HashSet<string> _told = [];
    private volatile bool _onDisk;
    private volatile bool _stopAsked;
    private volatile bool _aborted;
    private DateTimeOffset? _lastEnd;

    public FfmpegCapture(
        IChildProcess process, FfmpegOutput output, CaptureRequest request, SegmentProbe probe, ILogger<FfmpegCapture> logger)
    {
        _process = process;
        _output = output;
        _request = request;
        _probe = probe;
        _logger = logger;
        Completion = ReadAsync();
        _ = MeasureAsync();
        _ = WatchFirstFileAsync();
    }

    public CaptureDescription Description =>
        new(FfmpegCommand.Source, "libx264", _output.Version, _process.Id, _process.StartToken);

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

            return Judge(await _process.Exited);
        }
        catch (Exception e)
        {
            // Whatever went wrong here must not keep the host from starting another capture.
            LogBroken(e);
            _process.Kill();
            return new CaptureOutcome(CaptureEnd.Failed, e.Message.ReplaceLineEndings(" "));
        }
        finally
        {
            _listed.Writer.Complete();
        }
    }

    private async Task MeasureAsync()
    {
        try
        {
            await foreach (var listed in _listed.Reader.ReadAllAsync())
            {
                await TellAsync(Path.Combine(_request.OutputDirectory, listed.Name), StartOf(listed.From));
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
            return new CaptureOutcome(CaptureEnd.Stopped, null);
        }

        var detail = $"ffmpeg ended with exit code {exitCode}" + (_output.LastError is { } error ? $": {error}" : "");
        return new CaptureOutcome(_aborted ? CaptureEnd.Aborted : _output.Failure, detail);
    }

    private DateTimeOffset StartOf(TimeSpan sinceFirstFrame) =>
        (_output.FirstFrameAt ?? File.GetLastWriteTimeUtc(_request.OutputDirectory)) + sinceFirstFrame;

    /// <summary>What ffmpeg did not list: the file it was writing when it was killed, or failed.</summary>
    private async Task TellLeftoversAsync()
    {
        var leftovers = Directory
            .EnumerateFiles(_request.OutputDirectory, $"{_request.FilePrefix}-*.mp4")
            .Where(path => !_told.Contains(path))
            .Order(StringComparer.Ordinal);
        foreach (var path in leftovers)
        {
            await TellAsync(path, _lastEnd ?? StartOf(TimeSpan.Zero));
        }
    }

    private async Task TellAsync(string path, DateTimeOffset startedAt)
    {
        _told.Add(path);
        try
        {
            if (await SegmentRepair.RepairAsync(path, _request.FrameRate, _probe, CancellationToken.None) is not { } facts)
            {
                // Killed before its first fragment: an empty shell that no player takes.
                File.Delete(path);
                return;
            }

            _lastEnd = startedAt + facts.LastFrame + TimeSpan.FromSeconds(1 / _request.FrameRate);
            _segments.Writer.TryWrite(new CapturedSegment(path, startedAt, facts));
        }
        catch (Exception e) when (e is RecorderException or IOException or UnauthorizedAccessException)
        {
            // It stays where it is: the host asks again at the session's end, and recovery after that.
            LogUnreadable(path, e);
        }
    }

    private async Task WatchFirstFileAsync()
    {
        var path = Path.Combine(_request.OutputDirectory, $"{_request.FilePrefix}-000000.mp4");
        while (!_onDisk && !_process.Exited.IsCompleted)
        {
            _onDisk = SegmentRepair.HoldsAFrame(path);
            await Task.Delay(OnDiskPollInterval);
        }
    }

    [LoggerMessage(EventId = 200, Level = LogLevel.Error, Message = "Reading ffmpeg's output failed")]
    private partial void LogBroken(Exception exception);

    [LoggerMessage(EventId = 201, Level = LogLevel.Error, Message = "The segment {Path} could not be measured and stays in the spool")]
    private partial void LogUnreadable(string path, Exception exception);
}
