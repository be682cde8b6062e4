using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Upload;

/// <summary>Sends one session to one sink. Another sink that is slow or down does not concern it.</summary>
/// <remarks>
/// One loop decides what is sent; up to <see cref="AtOnce"/> objects are under way, and to a sink that fails one new one.
/// A failure that may pass is repeated for as long as the process lives (<see cref="SinkBackoff"/>); what is refused for good
/// is set aside (<see cref="SinkQueue"/>).
/// </remarks>
internal sealed partial class SinkUploader
{
    /// <summary>Enough to keep a link busy while stores check and answer; each holds some 100 kB of buffers.</summary>
    private const int AtOnce = 4;

    private static readonly TimeSpan IdlePoll = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ManifestInterval = TimeSpan.FromMinutes(1);

    private readonly SpoolSession _spool;
    private readonly ObjectSender _sender;
    private readonly SinkQueue _queue;
    private readonly SinkBackoff _backoff;
    private readonly TransferMeter _meter;
    private readonly ManifestSchedule _schedule;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<PendingObject> _onConfirmed;
    private readonly Lock _idleLock = new();
    private long _manifestTriedAt = long.MinValue;
    private volatile TaskCompletionSource _news = NewSignal();
    private TaskCompletionSource _idle = NewSignal();

    /// <summary>Makes one.</summary>
    /// <param name="name">The sink's name in the configuration.</param>
    /// <param name="sink">The sink.</param>
    /// <param name="spool">The session.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of what fails.</param>
    /// <param name="onConfirmed">Called for each object that the sink confirmed.</param>
    /// <param name="beforeManifest">Brings the tail up to what a manifest tells that is about to be stored; never throws.</param>
    public SinkUploader(
        string name,
        IStorageSink sink,
        SpoolSession spool,
        TimeProvider time,
        ILogger logger,
        Action<PendingObject> onConfirmed,
        Func<CancellationToken, Task> beforeManifest)
    {
        Name = name;
        _spool = spool;
        _time = time;
        _logger = logger;
        _onConfirmed = onConfirmed;
        _sender = new ObjectSender(spool, sink, beforeManifest, logger);
        _queue = new SinkQueue(name, spool, time);
        _backoff = new SinkBackoff(time);
        _meter = new TransferMeter(time);
        _schedule = new ManifestSchedule(time);
    }

    /// <summary>The sink's name in the configuration.</summary>
    public string Name { get; }

    /// <summary>What waits for it, and what is wrong with it.</summary>
    public SinkStatus Status
    {
        get
        {
            var waiting = _queue.Waiting;
            var refused = _queue.Refused;
            return new SinkStatus(Name, waiting.Segments, waiting.Bytes, refused.Count, LastError ?? (refused is [var first, ..] ? first.Reason : null))
            {
                RefusedObjects = [.. refused.Take(SinkStatus.MostRefusedShown)],
                Lacking = _spool.Read(account => account.Delivery.CountLacking(Name)),
                OldestSeconds = waiting.OldestAt is { } oldest ? Math.Round(Math.Max(0, (_spool.Clock.Now - oldest).TotalSeconds), 1) : null,
                BytesPerSecond = _meter.BytesPerSecond,
                LastSuccessAt = _meter.LastSuccessAt,
                RetryInSeconds = _backoff.IsFailing ? Math.Round(_backoff.Remaining.TotalSeconds, 1) : null,
            };
        }
    }

    /// <summary>The last failure since the last success, one line; or null.</summary>
    public string? LastError { get; private set; }

    /// <summary>Whether this sink has confirmed everything of a sealed session.</summary>
    public bool IsComplete => _queue.IsComplete;

    /// <summary>Whether it has nothing to send, or the last that was heard of the sink is a failure.</summary>
    public bool IsStuck => _backoff.IsFailing || _queue.IsIdle;

    /// <summary>There may be something to send.</summary>
    public void Notify()
    {
        lock (_idleLock)
        {
            if (_idle.Task.IsCompleted)
            {
                _idle = NewSignal();
            }
        }

        _news.TrySetResult();
    }

    /// <summary>The recording ends: what says most about it goes first, and a sink that fails is tried at once.</summary>
    public void Hurry()
    {
        _queue.Hurry();
        _backoff.Hurry();
        Notify();
    }

    /// <summary>Completes when nothing that can be sent is waiting.</summary>
    public Task WhenIdle()
    {
        lock (_idleLock)
        {
            return _idle.Task;
        }
    }

    /// <summary>Sends until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var running = new List<Attempt>();
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var news = _news;
                running.RemoveAll(attempt => attempt.Sending.IsCompleted);
                Launch(running, cancellationToken);
                if (running.Count == 0)
                {
                    GoIdle(news);
                }

                await WaitAsync(running, news.Task, cancellationToken);
                if (news.Task.IsCompleted)
                {
                    Interlocked.CompareExchange(ref _news, NewSignal(), news);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What is left waits in the spool.
        }

        await Task.WhenAll(running.Select(attempt => attempt.Sending));
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Launch(List<Attempt> running, CancellationToken cancellationToken)
    {
        if (IsManifestDue())
        {
            _manifestTriedAt = _time.GetTimestamp();
            _queue.WantInterimManifest();
        }

        while (running.Count < AtOnce
            && _backoff.Remaining == TimeSpan.Zero
            && !(_backoff.FailedAt is { } failedAt && running.Exists(attempt => attempt.StartedAt >= failedAt))
            && _queue.Take() is { } pending)
        {
            var startedAt = _time.GetTimestamp();
            running.Add(new Attempt(DeliverAsync(pending, startedAt, cancellationToken), startedAt));
        }
    }

    /// <summary>What a running session shows of itself may be a little old; beside a backlog, a minute.</summary>
    private bool IsManifestDue()
    {
        var (segments, lines, isSealed) = _spool.Read(a => (a.Segments.Count, _spool.Ledger.Lines, a.Seal is not null));
        return !isSealed
            && _queue.HasClaim
            && _schedule.IsDue(segments, lines)
            && (_manifestTriedAt == long.MinValue
                || _time.GetElapsedTime(_manifestTriedAt) > ManifestInterval
                || (_queue.IsIdle && !_backoff.IsFailing));
    }

    private void GoIdle(TaskCompletionSource news)
    {
        lock (_idleLock)
        {
            if (!news.Task.IsCompleted && _queue.IsIdle)
            {
                _idle.TrySetResult();
            }
        }
    }

    private async Task WaitAsync(List<Attempt> running, Task news, CancellationToken cancellationToken)
    {
        var retry = _backoff.Remaining;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var wait = Task.Delay(retry > TimeSpan.Zero && retry < IdlePoll ? retry : IdlePoll, _time, over.Token);
        await Task.WhenAny([news, wait, .. running.Select(attempt => attempt.Sending)]);
        await over.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <remarks>Never throws: whatever fails is kept, and told.</remarks>
    private async Task DeliverAsync(PendingObject pending, long startedAt, CancellationToken cancellationToken)
    {
        // What the manifest holds is at least what the account held before.
        var (segments, lines) = _spool.Read(account => (account.Segments.Count, _spool.Ledger.Lines));
        try
        {
            var sent = await _sender.SendAsync(pending, _queue.HasClaim, cancellationToken);
            LastError = null;
            _backoff.Succeeded();
            _meter.Add(sent.Length);
            if (pending.IsInterim)
            {
                _schedule.Written(segments, lines);
                _queue.Confirmed(pending);
                return;
            }

            _spool.Record(new Uploaded(Name, pending.Key, sent.Sha256));
            _queue.Confirmed(pending);
            _onConfirmed(pending);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            _queue.Failed(pending, isSinksFailure: true);
        }
        catch (Exception e)
        {
            LastError = UploadFailures.Describe(e);
            if (UploadFailures.IsTransient(e))
            {
                _backoff.Failed(startedAt);
                _queue.Failed(pending, UploadFailures.IsSinks(e));
                LogRetry(Name, pending.Key, LastError);
            }
            else if (_queue.Refuse(pending, LastError))
            {
                LogRefused(Name, pending.Key, LastError);
                if (pending.IsInterim)
                {
                    // Not again before there is more to tell.
                    _schedule.Written(segments, lines);
                }
                else
                {
                    _spool.Record(new UploadRefused(Name, pending.Key, LastError));
                }
            }
        }
    }

    [LoggerMessage(EventId = 400, Level = LogLevel.Warning, Message = "Sink {Sink}: sending {Key} failed and will be repeated: {Reason}")]
    private partial void LogRetry(string sink, string key, string reason);

    [LoggerMessage(EventId = 401, Level = LogLevel.Error, Message = "Sink {Sink} refused {Key}, which stays in the spool: {Reason}")]
    private partial void LogRefused(string sink, string key, string reason);

    private sealed record Attempt(Task Sending, long StartedAt);
}
