using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Logging;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Upload;

/// <summary>Sends the closed files of a session's log to one sink, when nothing of the recording waits for that.</summary>
/// <remarks>
/// By itself, so that no failure of it holds up the recording: with its own back-off, one file at a time, and given up as soon
/// as something of the recording waits. Each key is put once, for a closed file does not change; what was confirmed stands in
/// the ledger. Thread-safe.
/// </remarks>
internal sealed partial class LogUploader : IDisposable
{
    private readonly string _name;
    private readonly SpoolSession _spool;
    private readonly SessionLog _log;
    private readonly SinkUploader _recording;
    private readonly ObjectSender _sender;
    private readonly SinkBackoff _backoff;
    private readonly Action<LogPiece> _onStored;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _one = new(1);
    private readonly Lock _attemptLock = new();
    private readonly ConcurrentDictionary<string, long> _refusedAt = [];
    private CancellationTokenSource? _attempt;
    private volatile IReadOnlyList<LogPiece>? _last;

    /// <summary>Makes one.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="spool">The session.</param>
    /// <param name="log">Its log.</param>
    /// <param name="recording">Sends the recording to the same sink, and goes first.</param>
    /// <param name="onStored">Called for each file that the sink confirmed.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of what fails.</param>
    public LogUploader(
        IStorageSink sink,
        SpoolSession spool,
        SessionLog log,
        SinkUploader recording,
        Action<LogPiece> onStored,
        TimeProvider time,
        ILogger logger)
    {
        (_name, _spool, _log, _recording, _onStored, _time, _logger) = (recording.Name, spool, log, recording, onStored, time, logger);
        _sender = new ObjectSender(spool, sink, _ => Task.CompletedTask, logger);
        _backoff = new SinkBackoff(time);
    }

    /// <summary>Whether this sink has all that was logged up to the end of the session. Until then the spool is kept.</summary>
    public bool IsStored => _last is { } last && last.All(IsConfirmed);

    /// <summary>Sends what is closed, until cancelled.</summary>
    /// <param name="interval">How often it is looked whether there is something, and whether the recording lets it pass.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await SendAsync(_log.Closed, cancellationToken);
                await Task.Delay(interval, _time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What is left waits beside the spool.
        }
    }

    /// <summary>Something of the recording may wait, and goes first.</summary>
    public void GiveWay()
    {
        if (_recording.IsCaughtUp)
        {
            return;
        }

        lock (_attemptLock)
        {
            _attempt?.Cancel();
        }
    }

    /// <summary>Once the sink has of the recording what it takes, closes the log and sends what is left of it.</summary>
    /// <param name="cancellationToken">The deadline.</param>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        await _recording.WhenIdle().WaitAsync(cancellationToken);
        if (_recording.IsComplete)
        {
            LogComplete(_name);
        }

        _log.Cut();
        _last = _log.Closed;
        while (!IsStored && _recording.IsCaughtUp && _last.Any(piece => !IsConfirmed(piece) && MaySend(piece)))
        {
            await SendAsync(_last, cancellationToken);
            await Task.Delay(_backoff.Remaining, _time, cancellationToken);
        }
    }

    public void Dispose() => _one.Dispose();

    private bool IsConfirmed(LogPiece piece) => _spool.Read(account => account.Delivery.IsConfirmedAtAll(_name, piece.Key));

    private bool MaySend(LogPiece piece) =>
        !_refusedAt.TryGetValue(piece.Key, out var at) || _time.GetElapsedTime(at) >= SinkQueue.AsideFor;

    private async Task SendAsync(IReadOnlyList<LogPiece> pieces, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            foreach (var piece in pieces)
            {
                if (!_recording.IsCaughtUp || _backoff.Remaining > TimeSpan.Zero)
                {
                    break;
                }

                if (!IsConfirmed(piece) && MaySend(piece))
                {
                    await SendAsync(piece, cancellationToken);
                }
            }
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task SendAsync(LogPiece piece, CancellationToken cancellationToken)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        lock (_attemptLock)
        {
            _attempt = attempt;
        }

        var startedAt = _time.GetTimestamp();
        try
        {
            // All there is waits behind the claim, so the place is the session's own.
            var sent = await _sender.SendAsync(PendingObject.Of(piece), hasClaim: true, attempt.Token);
            _backoff.Succeeded();
            _refusedAt.TryRemove(piece.Key, out _);
            _spool.Record(new Uploaded(_name, piece.Key, sent.Sha256));
            _onStored(piece);
        }
        catch (Exception) when (attempt.IsCancellationRequested)
        {
            // The recording goes first, or the deadline came: another time.
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch (Exception e)
        {
            Failed(piece, startedAt, e);
        }
        finally
        {
            lock (_attemptLock)
            {
                _attempt = null;
            }
        }
    }

    private void Failed(LogPiece piece, long startedAt, Exception failure)
    {
        var reason = UploadFailures.Describe(failure);
        if (UploadFailures.IsTransient(failure))
        {
            _backoff.Failed(startedAt);
            LogRetry(_name, piece.Key, reason);
            return;
        }

        var isNews = !_refusedAt.ContainsKey(piece.Key);
        _refusedAt[piece.Key] = _time.GetTimestamp();
        if (isNews)
        {
            LogRefused(_name, piece.Key, reason);
            _spool.Record(new UploadRefused(_name, piece.Key, reason));
        }
    }

    [LoggerMessage(EventId = 430, Level = LogLevel.Information, Message = "Sink {Sink} has confirmed all of the recording")]
    private partial void LogComplete(string sink);

    [LoggerMessage(EventId = 431, Level = LogLevel.Warning, Message = "Sink {Sink}: sending {Key} of the log failed and will be repeated: {Reason}")]
    private partial void LogRetry(string sink, string key, string reason);

    [LoggerMessage(EventId = 432, Level = LogLevel.Error, Message = "Sink {Sink} refused {Key} of the log, which stays on this machine: {Reason}")]
    private partial void LogRefused(string sink, string key, string reason);
}
