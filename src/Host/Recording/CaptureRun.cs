using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Recording;

/// <summary>One capture within a session: its segments go into the spool, in order after those of the capture before.</summary>
internal sealed partial class CaptureRun
{
    private readonly ICapture _capture;
    private readonly SpoolSession _spool;
    private readonly TimeSpan _clockOffset;
    private readonly TimeSpan _frameInterval;
    private readonly Action<DateTimeOffset, DateTimeOffset> _onHole;
    private readonly Action _onSegment;
    private readonly ILogger _logger;
    private readonly List<(DateTimeOffset From, DateTimeOffset To)> _holes = [];

    /// <summary>Where the latest segment of each track ends.</summary>
    private readonly Dictionary<string, DateTimeOffset> _ends = [];
    private readonly Lock _stopLock = new();
    private Task<CaptureOutcome>? _stopping;

    public CaptureRun(
        int number,
        ICapture capture,
        CaptureRequest request,
        Task<DateTimeOffset?> before,
        RunSinks sinks,
        ILogger<CaptureRun> logger)
    {
        Number = number;
        Tracks = [.. request.Regions.Select(region => new CaptureTrack(region.Monitor, region.Bounds))];
        Bounds = request.Bounds;
        FrameRate = request.FrameRate;
        _capture = capture;
        _spool = sinks.Spool;
        _clockOffset = sinks.ClockOffset;
        _onHole = sinks.OnHole;
        _onSegment = sinks.OnSegment;
        _frameInterval = TimeSpan.FromSeconds(1 / request.FrameRate);
        _logger = logger;
        LastFrame = PumpAsync(before);
    }

    /// <summary>The capture's number within the session, from 1.</summary>
    public int Number { get; }

    /// <summary>What it captures, each into files of its own.</summary>
    public IReadOnlyList<CaptureTrack> Tracks { get; }

    /// <summary>The part of the desktop that holds all of it.</summary>
    public PixelRectangle Bounds { get; }

    /// <summary>Frames a second.</summary>
    public double FrameRate { get; }

    /// <summary>Whether its first frame was recorded as such. Written by the recording loop alone.</summary>
    public bool HasBegun { get; set; }

    /// <summary>What captures.</summary>
    public CaptureDescription Description => _capture.Description;

    /// <summary>How far it is.</summary>
    public CaptureProgress Progress => _capture.Progress;

    /// <summary>Completes when it has ended, asked or unasked.</summary>
    public Task<CaptureOutcome> Ended => _capture.Completion;

    /// <summary>
    /// Completes when all its segments are in the spool, with the time of its last frame: the last moment at which every
    /// track has one. Of the last frame of the captures before when it had none; null when there was none at all.
    /// </summary>
    public Task<DateTimeOffset?> LastFrame { get; }

    /// <summary>Session time of a moment of this capture.</summary>
    public DateTimeOffset ToSession(DateTimeOffset system) => SessionClock.ToSession(system, _clockOffset);

    /// <summary>Ends it gracefully, within a few seconds. Idempotent; thread-safe.</summary>
    /// <param name="kill">Ends the patience: it is aborted then, and what is on disk is kept. The first call's counts.</param>
    public Task<CaptureOutcome> StopAsync(CancellationToken kill)
    {
        lock (_stopLock)
        {
            return _stopping ??= _capture.StopAsync(kill);
        }
    }

    /// <summary>Ends it at once; what is on disk is kept.</summary>
    public async Task AbortAsync() => await _capture.DisposeAsync();

    /// <remarks>Never faults: a capture that misbehaves must not keep the next one's segments from the spool.</remarks>
    private async Task<DateTimeOffset?> PumpAsync(Task<DateTimeOffset?> before)
    {
        // The captures' segments must enter the account in order, and the one before may still be closing its last.
        var lastFrame = await before;
        var ownLast = new DateTimeOffset?[Tracks.Count];
        try
        {
            await foreach (var segment in _capture.ReadSegmentsAsync(CancellationToken.None))
            {
                var track = Math.Max(0, Tracks.ToList().FindIndex(track => track.Monitor == segment.Monitor));
                ownLast[track] = TakeIn(segment, Tracks[track].Monitor, ownLast[track]);
            }

            await _capture.DisposeAsync();
            foreach (var index in Enumerable.Range(0, ownLast.Length))
            {
                ownLast[index] = Later(ownLast[index], LastWritten(Tracks[index].Monitor is null ? null : index));
            }
        }
        catch (Exception e)
        {
            LogBroken(Number, e);
        }

        return ownLast.Contains(null) ? lastFrame : ownLast.Min();
    }

    /// <summary>When the last file was written that could not be taken in yet: until then there is a picture, too.</summary>
    private DateTimeOffset? LastWritten(int? track)
    {
        var prefix = track is { } number ? OpenFileName.Prefix(Number, number) : OpenFileName.Prefix(Number);
        return new DirectoryInfo(_spool.OpenDirectory)
            .EnumerateFiles($"{prefix}-*")
            .Where(file => OpenFileName.TrackOf(file.FullName) == track)
            .Select(file => (DateTimeOffset?)ToSession(file.LastWriteTimeUtc))
            .Max();
    }

    private static DateTimeOffset? Later(DateTimeOffset? a, DateTimeOffset? b) => a is null || b > a ? b : a;

    /// <summary>Takes a segment into the spool.</summary>
    /// <returns>Its last frame, or the one before where it could not be taken in.</returns>
    private DateTimeOffset? TakeIn(CapturedSegment segment, string? monitor, DateTimeOffset? lastFrame)
    {
        try
        {
            var startedAt = ToSession(segment.StartedAt);
            _spool.AcceptSegment(segment.Path, Number, startedAt, segment.Facts, monitor);
            TellHoles(segment, startedAt, lastFrame, monitor);
            _ends[monitor ?? ""] = SessionTime.After(startedAt, segment.Facts.Duration.TotalSeconds);
            _onSegment();
            return startedAt + segment.Facts.LastFrame;
        }
        catch (Exception e)
        {
            // The file stays where it is: it is asked for again at the session's end, and by recovery after that.
            LogNotAccepted(segment.Path, e);
            return lastFrame;
        }
    }

    /// <remarks>Between two files less is a hole than within one: there nothing but a gap accounts for it.</remarks>
    private void TellHoles(CapturedSegment segment, DateTimeOffset startedAt, DateTimeOffset? lastFrame, string? monitor)
    {
        var threshold = FrameHole.Threshold(_frameInterval);
        var isUncovered = _ends.TryGetValue(monitor ?? "", out var end) && startedAt - end > Coverage.Tolerance(FrameRate);
        if (lastFrame is { } last && (isUncovered || startedAt - last > threshold) && !WaitsBefore(segment.Path))
        {
            TellHole(last, startedAt);
        }

        foreach (var hole in segment.Facts.Holes)
        {
            TellHole(startedAt + hole.From, startedAt + hole.To);
        }
    }

    /// <summary>Whether the file ahead is still to be made a segment: then the stretch is no hole.</summary>
    private static bool WaitsBefore(string path) =>
        OpenFileName.NumberOf(path) is > 0 and var number && File.Exists(OpenFileName.Sibling(path, number - 1));

    /// <summary>Once, although each track has it: they are taken at the same moments.</summary>
    private void TellHole(DateTimeOffset from, DateTimeOffset to)
    {
        if (!_holes.Any(told => told.From - _frameInterval <= from && to <= told.To + _frameInterval))
        {
            _holes.Add((from, to));
            _onHole(from, to);
        }
    }

    [LoggerMessage(EventId = 310, Level = LogLevel.Error, Message = "The segment {Path} could not be taken into the spool")]
    private partial void LogNotAccepted(string path, Exception exception);

    [LoggerMessage(EventId = 311, Level = LogLevel.Error, Message = "Capture {Capture} could not be read to its end")]
    private partial void LogBroken(int capture, Exception exception);
}

/// <summary>Where a run's results go.</summary>
/// <param name="Spool">The session's spool.</param>
/// <param name="ClockOffset">The session clock's offset when the capture began.</param>
/// <param name="OnHole">A stretch without frames within the capture.</param>
/// <param name="OnSegment">A segment is in the spool.</param>
internal sealed record RunSinks(
    SpoolSession Spool, TimeSpan ClockOffset, Action<DateTimeOffset, DateTimeOffset> OnHole, Action OnSegment);
