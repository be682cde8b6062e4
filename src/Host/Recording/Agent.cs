using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Recording;

/// <summary>Records one session from start to end: captures, delivers, answers, seals.</summary>
internal sealed partial class Agent : IAgentControl, IAsyncDisposable
{
    /// <summary>Kept back from the deadline of a stop, to seal the account and to answer.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(1);

    /// <summary>What a capture may take to end in good order, however near the deadline of a stop is.</summary>
    private static readonly TimeSpan LeastForClosing = TimeSpan.FromSeconds(1);

    /// <summary>How long, out of the reserve, sinks may take to give up at the deadline.</summary>
    private static readonly TimeSpan SinkPatience = TimeSpan.FromMilliseconds(500);

    /// <summary>How long an agent that cannot record tries to deliver the account of that.</summary>
    private static readonly TimeSpan FailureTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long an agent whose user logged off tries to deliver; what is left then is recovered later.</summary>
    private static readonly TimeSpan LogoffTimeout = TimeSpan.FromSeconds(55);

    private readonly RecordingParts _parts;
    private readonly SessionRepair _repair;
    private readonly SpoolSession _spool;
    private readonly SessionRecording _recording;
    private readonly Delivery _delivery;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _kill = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly CancellationTokenSource _deadline = new();
    private readonly CancellationTokenSource _describeNow = new();
    private readonly TaskCompletionSource<StopReport> _report = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _discardIfNothing;
    private readonly ILogger _logger;
    private volatile bool _stopping;
    private long _deadlineAt = long.MaxValue;

    /// <summary>Makes an agent; <see cref="RunAsync"/> does the work.</summary>
    /// <param name="parts">What it is made of.</param>
    /// <param name="sinks">Where the session goes.</param>
    /// <param name="repair">Makes segments of what could not be made one at once.</param>
    /// <param name="discardIfNothing">
    /// Whether a session without a single frame is forgotten. An audited one is not: that it was not recorded is a fact.
    /// </param>
    public Agent(
        RecordingParts parts, IReadOnlyDictionary<string, IStorageSink> sinks, SessionRepair repair, bool discardIfNothing)
    {
        _repair = repair;
        _discardIfNothing = discardIfNothing;
        _spool = parts.Spool;
        _delivery = new Delivery(_spool, sinks, parts.Time, parts.Loggers.CreateLogger<Delivery>(), parts.TailInterval, parts.Log);
        _parts = parts with { OnSegment = _delivery.Notify };
        _recording = new SessionRecording(_parts);
        _logger = parts.Loggers.CreateLogger<Agent>();
    }

    /// <summary>Completes when the first frame is on disk; faults when recording is impossible.</summary>
    public Task FirstFrame => _recording.FirstFrame;

    /// <summary>For how long there has been a picture, since the first frame; zero before it.</summary>
    public TimeSpan Recorded => _recording.FirstFrameAt is { } first ? _spool.Clock.Now - first : TimeSpan.Zero;

    /// <summary>The last reason why no capture could be started, or null.</summary>
    public RecorderException? LastFailure => _recording.LastFailure;

    /// <summary>Whether the recording ended for good though nobody asked it to, and the session may go on.</summary>
    public bool GaveUp { get; private set; }

    /// <summary>What waits for each sink.</summary>
    public IReadOnlyList<SinkStatus> Queues => _delivery.Status;

    /// <summary>Completes when all is over: captured, sealed, delivered as far as possible.</summary>
    public Task Ended => _report.Task;

    /// <summary>Asks for the end of the recording. Thread-safe; idempotent, and an earlier deadline counts.</summary>
    /// <param name="timeout">The deadline, from now, for delivery.</param>
    public void RequestStop(TimeSpan timeout)
    {
        var deadline = _parts.Time.GetTimestamp() + (long)((timeout - Reserve).TotalSeconds * _parts.Time.TimestampFrequency);
        lock (_deadline)
        {
            if (_stopping && deadline >= _deadlineAt)
            {
                return;
            }

            (_stopping, _deadlineAt) = (true, deadline);
            var left = timeout > Reserve ? timeout - Reserve : TimeSpan.Zero;
            _deadline.CancelAfter(left);

            // A part of it for the capture alone: what it does not need is time to deliver.
            _kill.CancelAfter(AtLeast(LeastForClosing, left / 3));
            _giveUp.CancelAfter(AtLeast(LeastForClosing * 1.5, left * 2 / 3));
        }

        // The capture first: closing it takes time in which much can be sent.
        _stop.Cancel();
        _delivery.Hurry();
    }

    /// <summary>The session ends, by the system's word: records that, and stops. Thread-safe; idempotent.</summary>
    /// <param name="reason">A <see cref="SessionChangeName"/>.</param>
    /// <param name="timeout">The deadline, from now, for delivery.</param>
    public void EndSession(string reason, TimeSpan timeout)
    {
        _recording.EndSession(reason);
        RequestStop(timeout);
    }

    /// <summary>Records until asked to stop or the session is over, then delivers until the deadline.</summary>
    /// <param name="from">Where the account begins.</param>
    /// <param name="cause">Why there is no picture yet.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="RecorderException">
    /// Recording was impossible. What there is was sealed, and waits in the spool where it was not delivered.
    /// </exception>
    public async Task<StopReport> RunAsync(DateTimeOffset from, string cause)
    {
        Exception? failure = null;
        DateTimeOffset? end = null;
        var delivering = StartDeliveryAsync();
        var describing = DescribeAsync();
        try
        {
            end = await _recording.RunAsync(from, cause, _stop.Token, new ClosingTime(_kill.Token, _giveUp.Token));

            if (!_stopping)
            {
                // The session ended by itself; who asked for the end, though, also said how long it may take.
                RequestStop(LogoffTimeout);
            }
        }
        catch (Exception e)
        {
            failure = e;
            GaveUp = !_stopping;
            LogImpossible(e);
            end = _recording.FirstFrame.IsCompletedSuccessfully ? null : _spool.Clock.Now;
            RequestStop(FailureTimeout);
        }

        await delivering;
        await _describeNow.CancelAsync();
        await describing;
        try
        {
            var report = await FinishAsync(end);
            _report.SetResult(report);
            return failure is RecorderException ? throw failure : report;
        }
        finally
        {
            // Whoever waits for the end must hear of it, whatever became of it.
            _report.TrySetResult(Report(delivered: false, end));
        }
    }

    public Task<AgentStatus> GetStatusAsync()
    {
        var recording = _recording.Status;
        var document = _spool.Document;
        var (segments, gaps) = _spool.Read(account => (account.Segments.Count, account.Gaps.Count));
        var state = _stopping ? AgentStatus.Stopping
            : recording.GapCause is null ? "recording"
            : _recording.FirstFrame.IsCompleted ? "gap"
            : "starting";
        return Task.FromResult(new AgentStatus(
            document.SessionId,
            document.SystemSession,
            document.User,
            state,
            document.StartedAt,
            Environment.ProcessId,
            recording.ProcessId,
            recording.Source,
            recording.Frames,
            segments,
            gaps,
            recording.GapCause,
            recording.GapDetail,
            _delivery.Status)
        {
            UserId = document.UserId,
            Spool = recording.Spool,
        });
    }

    public async Task<StartReport> WaitForFirstFrameAsync(double timeoutSeconds)
    {
        try
        {
            await _recording.FirstFrame.WaitAsync(TimeSpan.FromSeconds(timeoutSeconds), _parts.Time);
            return _stopping
                ? new StartReport(false, "the recording is being ended", null, ExitCode.Failed, AgentEnds: true)
                : new StartReport(true, null, null, ExitCode.Done);
        }
        catch (TimeoutException)
        {
            var failure = _recording.LastFailure;
            return new StartReport(
                false,
                failure?.Message ?? "the first frame was not captured in time",
                $"{failure?.Remedy?.TrimEnd('.') ?? "see `session-recorder status`"}; the agent goes on trying until `session-recorder stop`",
                failure is DisplayException ? ExitCode.NothingToActOn : ExitCode.Failed,
                IsUserAway: _recording.IsUserAway);
        }
        catch (RecorderException e)
        {
            return new StartReport(false, e.Message, e.Remedy, ExitCode.Usage, AgentEnds: true);
        }
        catch (OperationCanceledException)
        {
            return new StartReport(false, "the recording was stopped before its first frame", null, ExitCode.Failed, AgentEnds: true);
        }
    }

    public Task<StopReport> StopAsync(double timeoutSeconds)
    {
        RequestStop(TimeSpan.FromSeconds(timeoutSeconds));
        return _report.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await _delivery.DisposeAsync();
        _stop.Dispose();
        _kill.Dispose();
        _giveUp.Dispose();
        _deadline.Dispose();
        _describeNow.Dispose();
    }

    private static TimeSpan AtLeast(TimeSpan least, TimeSpan time) => time > least ? time : least;

    /// <summary>Waits for metadata that arrives late; delivery begins when the session's place in storage is known.</summary>
    private async Task DescribeAsync()
    {
        if (!_spool.Document.Provisional || _parts.Describe is not { } describe)
        {
            return;
        }

        try
        {
            _spool.Describe(await describe(_describeNow.Token));
            _delivery.Notify();
        }
        catch (Exception e)
        {
            // The seal closes the account with what is known.
            LogNotDescribed(e);
        }
    }

    private async Task StartDeliveryAsync()
    {
        if (_discardIfNothing)
        {
            await FirstFrame.ContinueWith(_ => { }, TaskScheduler.Default);
            if (!FirstFrame.IsCompletedSuccessfully)
            {
                return;
            }
        }

        _delivery.Start();
    }

    /// <param name="end">The session's end; null where the recording came to none that can be told: recovery finds it.</param>
    private async Task<StopReport> FinishAsync(DateTimeOffset? end)
    {
        _stopping = true;
        if (_discardIfNothing && _spool.Read(account => account.Segments.Count == 0) && _spool.FindUnfinishedFiles().Count == 0)
        {
            _spool.DeleteSession();
            return Report(delivered: false, end);
        }

        var delivered = end is { } known && await SealAsync(known) && await _delivery.DrainAsync(_deadline.Token);
        await _delivery.StopAsync(SinkPatience);
        var report = Report(delivered, end);
        if (delivered && _delivery is { IsClean: true, IsLogStored: true })
        {
            DeleteSession();
        }

        _spool.Dispose();
        return report;
    }

    /// <summary>Closes the account, once everything that was captured is in it.</summary>
    /// <returns>Whether it is closed; otherwise recovery does it.</returns>
    private async Task<bool> SealAsync(DateTimeOffset end)
    {
        try
        {
            await _repair.AdoptLeftoversAsync(_spool, end, _deadline.Token);
            _delivery.Notify();
            SessionSealer.Seal(_spool, end, _spool.Read(account => account.IsRecovered) ? "recovered" : "complete");
            return true;
        }
        catch (Exception e) when (e is RecorderException or OperationCanceledException or IOException)
        {
            LogNotSealed(e);
            return false;
        }
    }

    private void DeleteSession()
    {
        try
        {
            _spool.DeleteSession();
        }
        catch (SpoolException e)
        {
            // It is delivered all the same; what is left goes another time.
            LogNotDeleted(e);
        }
    }

    private StopReport Report(bool delivered, DateTimeOffset? end)
    {
        var (segments, gaps) = _spool.Read(account => (account.Segments.Count, account.Gaps.Count));
        var length = (end ?? _spool.Clock.Now) - _spool.Document.StartedAt;
        return new StopReport(_spool.Id, delivered, segments, gaps, length.TotalSeconds, _delivery.Status)
        {
            Unreadable = _spool.SetAsideFolder,
            IsLogWaiting = delivered && !_delivery.IsLogStored,
        };
    }

    [LoggerMessage(EventId = 330, Level = LogLevel.Error, Message = "This session cannot be recorded any further")]
    private partial void LogImpossible(Exception exception);

    [LoggerMessage(EventId = 331, Level = LogLevel.Error, Message = "The account could not be closed, and is left to recovery")]
    private partial void LogNotSealed(Exception exception);

    [LoggerMessage(EventId = 333, Level = LogLevel.Warning, Message = "The session's metadata could not be completed")]
    private partial void LogNotDescribed(Exception exception);

    [LoggerMessage(EventId = 332, Level = LogLevel.Warning, Message = "The session's folder, which is delivered, could not be deleted")]
    private partial void LogNotDeleted(Exception exception);
}
