using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Recording;

/// <summary>Records one session: keeps a capture running, whatever happens, and accounts for the time without one.</summary>
/// <remarks>One loop makes all decisions. <see cref="FirstFrame"/> and <see cref="Status"/> may be used from any thread.</remarks>
internal sealed partial class SessionRecording
{
    private static readonly TimeSpan StartingPoll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan RunningPoll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan FinishTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan HealthyAfter = TimeSpan.FromSeconds(10);

    private readonly RecordingParts _parts;
    private readonly SpoolSession _spool;
    private readonly SessionClock _clock;
    private readonly DisplayWatch _display;
    private readonly SessionWatch _session;
    private readonly IdleWatch _idle;
    private readonly GapKeeper _gaps;
    private readonly SpoolDisk _disk;
    private readonly SpoolQuota _quota;
    private readonly RecordingUpkeep _upkeep;
    private readonly CaptureStarter _starter;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _firstFrame = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _closing = [];
    private volatile CaptureRun? _run;
    private CaptureRun? _live;
    private readonly Lock _endGate = new();
    private bool _ended;
    private RecorderException? _lastFailure;
    private ClosingTime _closingTime = ClosingTime.Unlimited;

    public SessionRecording(RecordingParts parts)
    {
        _parts = parts;
        _spool = parts.Spool;
        _clock = parts.Spool.Clock;
        _logger = parts.Loggers.CreateLogger<SessionRecording>();
        _display = new DisplayWatch(parts.Display, parts.Time, parts.Loggers.CreateLogger<DisplayWatch>());
        _session = new SessionWatch(
            parts.Sessions,
            parts.Session.SystemSession,
            parts.SessionGrace,
            change => _spool.Record(new SessionChanged(_clock.Now, change)),
            parts.Time,
            parts.Loggers.CreateLogger<SessionWatch>());
        _idle = new IdleWatch(
            parts.Activity, parts.Options.IdleTimeout, _session.SetIdle, parts.Time, parts.Loggers.CreateLogger<IdleWatch>());
        _gaps = new GapKeeper(_spool);
        _disk = new SpoolDisk(_spool, parts.Options.MinimumFreeSpace.Bytes);
        _quota = new SpoolQuota(_spool, parts.SpoolLimit, parts.OnSpoolFull, parts.Time, parts.Loggers.CreateLogger<SpoolQuota>());
        _upkeep = new RecordingUpkeep(_spool, _disk, parts.Time);
        _starter = new CaptureStarter(parts, _display, _session, _disk, _quota, _upkeep);
    }

    /// <summary>Completes when the first frame is on disk; faults when a failure makes recording impossible for good.</summary>
    public Task FirstFrame => _firstFrame.Task;

    /// <summary>When that frame was taken, session time; null before.</summary>
    public DateTimeOffset? FirstFrameAt { get; private set; }

    /// <summary>The last reason why no capture could be started, or null.</summary>
    public RecorderException? LastFailure => _lastFailure;

    /// <summary>What is going on now.</summary>
    public RecordingStatus Status => new(
        _run?.Progress.Frames ?? 0, _gaps.Cause, _gaps.Detail, _run?.Description.Source, _run?.Description.ProcessId)
    {
        Spool = _quota.Limit is { } limit ? new SpoolFill(KebabCase.Of(_quota.Level), _quota.Bytes, limit) : null,
    };

    /// <summary>
    /// Whether there is nothing to record before the user is back: by the configuration, or because Windows shows no picture of
    /// a session that is locked or disconnected. On Linux a user may say of a session what is not so.
    /// </summary>
    public bool IsUserAway => PauseCause is not null || (OperatingSystem.IsWindows() && _session.Current.Absence is not null);

    /// <summary>The session is over: the recording ends as if asked to. Thread-safe; ignored once it has ended.</summary>
    /// <param name="reason">A <see cref="SessionChangeName"/>.</param>
    public void EndSession(string reason)
    {
        lock (_endGate)
        {
            if (!_ended)
            {
                _session.End(reason);
            }
        }
    }

    /// <summary>Records until asked to stop, or until the session is over.</summary>
    /// <param name="from">Where the account begins: the session's start, or the last sign of a recorder that died.</param>
    /// <param name="cause">Why there is no picture yet.</param>
    /// <param name="stop">Asks to stop; nothing is lost by it.</param>
    /// <param name="closingTime">How long closing the capture may take then; null for as long as it usually does at most.</param>
    /// <returns>The session's end.</returns>
    /// <exception cref="RecorderException">Recording is impossible until somebody mends the machine.</exception>
    public async Task<DateTimeOffset> RunAsync(
        DateTimeOffset from, string cause, CancellationToken stop, ClosingTime? closingTime = null)
    {
        _closingTime = closingTime ?? ClosingTime.Unlimited;
        using var ended = new CancellationTokenSource();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var watching = Task.WhenAll(
            _display.RunAsync(ended.Token),
            _session.RunAsync(ended.Token),
            FollowUserAsync(ended.Token),
            CancelAtEndAsync(over, ended.Token));
        _gaps.Open(cause, null, from, LastFrame, null);
        try
        {
            await RecordUntilAsync(over.Token).WaitAsync(_closingTime.GiveUp);
            return await FinishAsync().WaitAsync(FinishTimeout, _parts.Time, _closingTime.GiveUp);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            throw new CaptureException(
                "the capture did not end in time, though it was aborted",
                CaptureEnd.Failed,
                FailureScope.Session,
                isTransient: true,
                "recovery closes the account",
                e);
        }
        catch (RecorderException e) when (IsHopeless(e))
        {
            _firstFrame.TrySetException(e);
            await FinishAsync().WaitAsync(FinishTimeout, _parts.Time, _closingTime.GiveUp);
            throw;
        }
        finally
        {
            _firstFrame.TrySetCanceled(CancellationToken.None);
            lock (_endGate)
            {
                // The account is closed next: nothing may be added to it any more.
                _ended = true;
            }

            await ended.CancelAsync();
            await watching;
        }
    }

    /// <summary>
    /// Tells the user, where the video shows it; and a session counts as idle once there is something recorded of it, so that
    /// no start waits for its user.
    /// </summary>
    private async Task FollowUserAsync(CancellationToken ended)
    {
        await FirstFrame.WaitAsync(ended).ContinueWith(_ => { }, TaskScheduler.Default);
        if (FirstFrame.IsCompletedSuccessfully)
        {
            await Task.WhenAll(_parts.Notice?.ShowAsync(ended) ?? Task.CompletedTask, _idle.RunAsync(ended));
        }
    }

    private async Task CancelAtEndAsync(CancellationTokenSource over, CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            var changed = _session.Changed;
            if (_session.Current.Ended is not null)
            {
                await over.CancelAsync();
                return;
            }

            await Task.WhenAny(changed, PauseAsync(Timeout.InfiniteTimeSpan, ended));
        }
    }

    private async Task RecordUntilAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                ThrowIfSpoolIsGone();
                await _starter.WaitForTurnAsync(stop);
                if (PauseCause is { } pause)
                {
                    await WaitForUserAsync(pause, stop);
                    continue;
                }

                _live = _run = await _starter.StartAsync(LastFrame, _gaps.RecordHole, stop);
                await KeepAsync(_run, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Asked to stop while waiting for the display or for the start of a capture.
            }
            catch (Exception e) when (!IsHopeless(e))
            {
                // Whatever it is, a plugin's defect or our own: the recording goes on.
                Tell(e);
                OpenGap(Interruption.Of(e).While(await _session.RefreshAsync()));
                Leave(abort: false);
            }
        }
    }

    /// <summary>Why nothing is to be recorded now; null when something is.</summary>
    private string? PauseCause => _session.Current.PauseCause(_parts.Options);

    private async Task WaitForUserAsync(string cause, CancellationToken stop)
    {
        OpenGap(new Interruption(cause, null));
        _lastFailure = new CaptureException(
            $"nothing is recorded now ({cause}), as the configuration says",
            CaptureEnd.Failed,
            FailureScope.Session,
            isTransient: true,
            "set Capture:WhenLocked or Capture:WhenDisconnected to 'record', or Capture:IdleTimeout to 0s");
        for (var changed = _session.Changed; PauseCause == cause; changed = _session.Changed)
        {
            _upkeep.DoWhatIsDue();
            await Task.WhenAny(changed, PauseAsync(RunningPoll, stop));
            stop.ThrowIfCancellationRequested();
        }

        _starter.ResetDelay();
    }

    /// <summary>A failure that only somebody can mend ends what has not begun; what records goes on trying.</summary>
    private bool IsHopeless(Exception e) =>
        e is SpoolGoneException
        || (e is RecorderException { Scope: FailureScope.Host, IsTransient: false } && !_firstFrame.Task.IsCompletedSuccessfully);

    private void ThrowIfSpoolIsGone()
    {
        if (!Directory.Exists(_spool.OpenDirectory))
        {
            throw new SpoolGoneException(_spool.Directory);
        }
    }

    /// <summary>Watches a capture until it has to be replaced, and opens the gap that this makes.</summary>
    private async Task KeepAsync(CaptureRun run, CancellationToken stop)
    {
        var stall = new StallWatch(_parts.Time, _parts.Options.StallTimeout);
        var interruptions = new InterruptionWatch(
            run, _display, _parts.Options.Layout, _upkeep, _disk, _quota, stall, _parts.Options.FrameRate);
        var startedAt = _parts.Time.GetTimestamp();
        while (!stop.IsCancellationRequested)
        {
            var displayChanged = _display.Changed;
            var sessionChanged = _session.Changed;
            var progress = run.Progress;
            if (!run.HasBegun && progress.FirstFrameAt is { } firstFrameAt)
            {
                Begin(run, run.ToSession(firstFrameAt));
            }

            if (progress.OnDisk)
            {
                _firstFrame.TrySetResult();
            }

            if (PauseCause is { } pause)
            {
                LogPaused(run.Number, pause);
                OpenGap(new Interruption(pause, null));
                Leave(abort: false);
                _starter.ResetDelay();
                return;
            }

            if (interruptions.Find() is { } found)
            {
                var reason = (await interruptions.RefineAsync(found)).While(await AskAboutAsync(found));
                var isPlanned = reason.Cause is GapCause.DisplayChanged or GapCause.SourceChanged or GapCause.FrameRateChanged;
                if (run.HasBegun && (isPlanned || _parts.Time.GetElapsedTime(startedAt) > HealthyAfter))
                {
                    _starter.ResetDelay();
                }

                LogReplaced(run.Number, reason.Cause, reason.Detail);
                OpenGap(reason);
                Leave(reason.MustAbort);
                return;
            }

            await Task.WhenAny(run.Ended, displayChanged, sessionChanged, PauseAsync(progress.OnDisk ? RunningPoll : StartingPoll, stop));
        }
    }

    /// <summary>A capture that fails as the screen is locked may do so before the news of it has arrived.</summary>
    private async Task<SessionState> AskAboutAsync(Interruption found) =>
        found.Cause == GapCause.DisplayChanged ? _session.Current : await _session.RefreshAsync();

    private void Begin(CaptureRun run, DateTimeOffset firstFrameAt)
    {
        run.HasBegun = true;
        var what = run.Description;
        _spool.Record(
            new CaptureStarted(
                run.Number,
                firstFrameAt,
                run.Bounds.ToString(),
                run.FrameRate,
                what.Source,
                what.Encoder,
                what.Program,
                what.ProcessId,
                what.ProcessStart,
                TracksOf(run)));
        _gaps.Close(firstFrameAt);
        _lastFailure = null;
        FirstFrameAt ??= firstFrameAt;
        LogBegun(run.Number, run.Bounds, run.Tracks.Count, what.Source);
    }

    private static LedgerTrack[]? TracksOf(CaptureRun run) => run.Tracks is [{ Monitor: null }]
        ? null
        : [.. run.Tracks.Select(track => new LedgerTrack(track.Monitor!, track.Bounds.ToString()))];

    /// <summary>Lets the running capture end beside the next one's start.</summary>
    private void Leave(bool abort)
    {
        if (_live is { } run)
        {
            _live = null;
            _closing.RemoveAll(task => task.IsCompleted);
            _closing.Add(CloseAsync(run, abort));
        }
    }

    /// <summary>Ends a capture, and records how it ended.</summary>
    private async Task CloseAsync(CaptureRun run, bool abort)
    {
        CaptureOutcome outcome;
        try
        {
            if (abort)
            {
                await run.AbortAsync();
            }

            outcome = await run.StopAsync(_closingTime.Kill);
        }
        catch (Exception e)
        {
            Tell(e);
            outcome = new CaptureOutcome(CaptureEnd.Failed, e.Message);
        }

        await run.LastFrame;
        _spool.Record(new CaptureEnded(run.Number, KebabCase.Of(outcome.End), outcome.Detail));
    }

    private async Task<DateTimeOffset> FinishAsync()
    {
        var stopAskedAt = _clock.Now;
        if (_live is { } live)
        {
            await CloseAsync(live, abort: false);
            if (!live.HasBegun && live.Progress.FirstFrameAt is { } first && await live.LastFrame >= live.ToSession(first))
            {
                Begin(live, live.ToSession(first));
            }
        }

        await Task.WhenAll(_closing);
        var end = _run is null ? stopAskedAt : EndOfSession(_run, await _run.LastFrame, stopAskedAt);
        _gaps.Close(end);
        await _gaps.SettleAsync();
        return end;
    }

    /// <summary>
    /// The end of the last frame, where the capture ran until the end; else the moment at which the stop was asked for,
    /// with a gap before it.
    /// </summary>
    private DateTimeOffset EndOfSession(CaptureRun run, DateTimeOffset? lastFrame, DateTimeOffset stopAskedAt)
    {
        if (_gaps.Cause is not null || lastFrame is null)
        {
            return lastFrame > stopAskedAt ? lastFrame.Value : stopAskedAt;
        }

        var end = lastFrame.Value + TimeSpan.FromSeconds(1 / run.FrameRate);
        if (stopAskedAt - end < TimeSpan.FromSeconds(1))
        {
            return end;
        }

        _gaps.Open(GapCause.CaptureStalled, "the capture did not end when asked", lastFrame.Value, run.LastFrame, FirstFrameAt);
        return stopAskedAt;
    }

    private Task<DateTimeOffset?> LastFrame => _run?.LastFrame ?? Task.FromResult<DateTimeOffset?>(null);

    /// <summary>What was taken after the last moment at which all was certainly well counts as no picture.</summary>
    private void OpenGap(Interruption reason)
    {
        var now = _clock.Now;
        var certain = reason.LastCertain is { } moment && _live is { } run ? run.ToSession(moment) : now;
        _gaps.Open(reason.Cause, reason.Detail, certain < now ? certain : now, LastFrame, FirstFrameAt);
    }

    /// <summary>Keeps the reason for whoever waits for the first frame, and logs what is new.</summary>
    private void Tell(Exception e)
    {
        if (_lastFailure?.Message != e.Message)
        {
            LogFailed(e);
        }

        _lastFailure = e as RecorderException ?? new CaptureException(
            $"the capture plugin failed: {e.Message}", CaptureEnd.Failed, FailureScope.Session, isTransient: true, null, e);
    }

    private async Task PauseAsync(TimeSpan delay, CancellationToken stop) =>
        await Task.Delay(delay, _parts.Time, stop).ContinueWith(_ => { }, TaskScheduler.Default);

    [LoggerMessage(EventId = 320, Level = LogLevel.Information, Message = "Capture {Capture} records {Region} in {Tracks} videos with {Source}")]
    private partial void LogBegun(int capture, PixelRectangle region, int tracks, string source);

    [LoggerMessage(EventId = 321, Level = LogLevel.Warning, Message = "Capture {Capture} is replaced: {Cause} ({Detail})")]
    private partial void LogReplaced(int capture, string cause, string? detail);

    [LoggerMessage(EventId = 323, Level = LogLevel.Information, Message = "Capture {Capture} ends, and nothing is recorded: {Cause}")]
    private partial void LogPaused(int capture, string cause);

    [LoggerMessage(EventId = 322, Level = LogLevel.Warning, Message = "Capturing failed, and is tried again")]
    private partial void LogFailed(Exception exception);
}
