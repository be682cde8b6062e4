using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Upload;

/// <summary>Sends one session to one sink. Another sink that is slow or down does not concern it.</summary>
internal sealed partial class SinkUploader
{
    private static readonly TimeSpan IdlePoll = TimeSpan.FromSeconds(15);

    private readonly SpoolSession _spool;
    private readonly IStorageSink _sink;
    private readonly SinkQueue _queue;
    private readonly ManifestSchedule _schedule;
    private readonly ILogger _logger;
    private readonly Action<PendingObject> _onConfirmed;
    private readonly ResiliencePipeline _retry;
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _idleLock = new();
    private volatile string? _refusal;
    private TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SinkUploader(string name, IStorageSink sink, SpoolSession spool, TimeProvider time, ILogger logger, Action<PendingObject> onConfirmed)
    {
        Name = name;
        _sink = sink;
        _spool = spool;
        _logger = logger;
        _onConfirmed = onConfirmed;
        _queue = new SinkQueue(name, spool);
        _schedule = new ManifestSchedule(time);
        _retry = BuildRetry(time);
    }

    /// <summary>The sink's name in the configuration.</summary>
    public string Name { get; }

    /// <summary>What waits for it, and what is wrong with it.</summary>
    public SinkStatus Status
    {
        get
        {
            var (count, bytes) = _queue.Waiting;
            return new SinkStatus(Name, count, bytes, _queue.Refused, LastError ?? _refusal);
        }
    }

    /// <summary>The last failure since the last success, one line; or null.</summary>
    public string? LastError { get; private set; }

    /// <summary>Whether this sink has confirmed everything of a sealed session.</summary>
    public bool IsComplete => _queue.Refused == 0 && _spool.Read(account => account.Seal is not null) && _queue.Peek() is null;

    /// <summary>There may be something to send.</summary>
    public void Notify()
    {
        lock (_idleLock)
        {
            if (_idle.Task.IsCompleted)
            {
                _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        _news.Writer.TryWrite(true);
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
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                while (_queue.Peek() is { } pending)
                {
                    await DeliverAsync(pending, cancellationToken);
                }

                await WriteManifestIfDueAsync(cancellationToken);
                GoIdle();
                await WaitForNewsAsync(cancellationToken);
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // What is left waits in the spool.
        }
    }

    private async Task WaitForNewsAsync(CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(IdlePoll);
        try
        {
            await _news.Reader.WaitToReadAsync(limited.Token);
            _news.Reader.TryRead(out _);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time to look whether the manifest is due.
        }
    }

    private void GoIdle()
    {
        lock (_idleLock)
        {
            if (_news.Reader.Count == 0 && _queue.Peek() is null)
            {
                _idle.TrySetResult();
            }
        }
    }

    private async Task DeliverAsync(PendingObject pending, CancellationToken cancellationToken)
    {
        try
        {
            var sha256 = await _retry.ExecuteAsync(async token => await PutAsync(pending, token), cancellationToken);
            LastError = null;
            _spool.Record(new Uploaded(Name, pending.Key, sha256));
            _queue.Done(pending, refused: false);
            _onConfirmed(pending);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Said once; kept in the spool; the rest goes on.
            LastError = Describe(e);
            _refusal = LastError;
            LogRefused(Name, pending.Key, LastError);
            _spool.Record(new UploadRefused(Name, pending.Key, LastError));
            _queue.Done(pending, refused: true);
        }
    }

    private async Task<string> PutAsync(PendingObject pending, CancellationToken cancellationToken)
    {
        await using var content = Open(pending);
        var sha256 = pending.Segment?.Sha256 ?? await HashAsync(content, cancellationToken);
        var put = new StoragePut
        {
            Key = _spool.Document.Prefix + pending.Key,
            Content = content,
            Length = content.Length,
            Sha256 = sha256,
            ContentType = ContentTypes.Of(pending.Key),
            Replace = pending.Key == SessionObjects.ManifestKey,
        };
        try
        {
            await ConfirmAsync(put, await _sink.PutAsync(put, cancellationToken), cancellationToken);
        }
        catch (StorageException e) when (e.Failure == StorageFailure.Conflict && pending.Key == SessionObjects.LedgerKey)
        {
            if (!await LedgerSuccession.MayReplaceAsync(_sink, put.Key, _spool, cancellationToken))
            {
                throw;
            }

            LogSucceeds(Name, put.Key);
            content.Position = 0;
            var again = put with { Replace = true };
            await ConfirmAsync(again, await _sink.PutAsync(again, cancellationToken), cancellationToken);
        }
        catch (StorageException e) when (e.Failure == StorageFailure.Corrupted)
        {
            await ThrowIfChangedAsync(pending, sha256, cancellationToken);
            throw;
        }

        return sha256;
    }

    /// <summary>What arrives damaged again and again may have been damaged here.</summary>
    private async Task ThrowIfChangedAsync(PendingObject pending, string sha256, CancellationToken cancellationToken)
    {
        await using var content = Open(pending);
        if (await HashAsync(content, cancellationToken) != sha256)
        {
            throw new StorageException(
                $"{pending.Key} in the spool is not what was recorded", StorageFailure.Corrupted, isTransient: false, pending.Key);
        }
    }

    private Stream Open(PendingObject pending) => pending.Key switch
    {
        SessionObjects.ManifestKey => new MemoryStream(SessionSealer.Derive(_spool).Manifest),
        SessionObjects.LedgerKey => _spool.Ledger.OpenSealed(),
        _ => new FileStream(Path.Combine(_spool.Directory, pending.Key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete),
    };

    private async Task ConfirmAsync(StoragePut put, StoredObject stored, CancellationToken cancellationToken)
    {
        var confirmed = stored.Sha256 is not null ? stored : await _sink.FindAsync(put.Key, cancellationToken);
        if (confirmed is null || confirmed.Length != put.Length || (confirmed.Sha256 ?? put.Sha256) != put.Sha256)
        {
            throw new StorageException(
                $"{put.Key} is not stored as it was sent", StorageFailure.Corrupted, isTransient: true, put.Key);
        }
    }

    /// <summary>Best effort: what a running session shows of itself may be a little old, and is never queued for.</summary>
    private async Task WriteManifestIfDueAsync(CancellationToken cancellationToken)
    {
        var (segments, lines, isSealed) = _spool.Read(a => (a.Segments.Count, _spool.Ledger.Lines, a.Seal is not null));
        if (isSealed || !_queue.HasClaim || !_schedule.IsDue(segments, lines))
        {
            return;
        }

        try
        {
            using var content = new MemoryStream(BuildManifest());
            var put = new StoragePut
            {
                Key = _spool.Document.Prefix + SessionObjects.ManifestKey,
                Content = content,
                Length = content.Length,
                Sha256 = await HashAsync(content, cancellationToken),
                ContentType = ContentTypes.Of(SessionObjects.ManifestKey),
                Replace = true,
            };
            await _sink.PutAsync(put, cancellationToken);
            _schedule.Written(segments, lines);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LastError = Describe(e);
            LogManifest(Name, LastError);
        }
    }

    private byte[] BuildManifest() => ManifestJson.Serialize(
        _spool.Read(account => ManifestBuilder.Build(_spool.Document, account, _spool.Ledger.LastHash)));

    private ResiliencePipeline BuildRetry(TimeProvider time) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(500),
                MaxDelay = TimeSpan.FromSeconds(30),
                ShouldHandle = arguments => ValueTask.FromResult(
                    !arguments.Context.CancellationToken.IsCancellationRequested && IsTransient(arguments.Outcome.Exception)),
                OnRetry = arguments =>
                {
                    LastError = Describe(arguments.Outcome.Exception!);
                    LogRetry(Name, arguments.AttemptNumber + 1, LastError);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

    /// <summary>
    /// A sink that throws anything but its typed exception (a time-out of its own, say) gets the benefit of the doubt. What
    /// is wrong on our side of it, a local file that is gone or changed, never passes.
    /// </summary>
    private static bool IsTransient(Exception? e) =>
        e is not (null or RecorderException { IsTransient: false } or FileNotFoundException or DirectoryNotFoundException);

    private static string Describe(Exception e) => e.Message.ReplaceLineEndings(" ");

    private static async Task<string> HashAsync(Stream content, CancellationToken cancellationToken)
    {
        var hash = await SHA256.HashDataAsync(content, cancellationToken);
        content.Position = 0;
        return Convert.ToHexStringLower(hash);
    }

    [LoggerMessage(EventId = 400, Level = LogLevel.Warning, Message = "Sink {Sink}: attempt {Attempt} failed and will be repeated: {Reason}")]
    private partial void LogRetry(string sink, int attempt, string reason);

    [LoggerMessage(EventId = 401, Level = LogLevel.Error, Message = "Sink {Sink} refused {Key}, which stays in the spool: {Reason}")]
    private partial void LogRefused(string sink, string key, string reason);

    [LoggerMessage(EventId = 403, Level = LogLevel.Warning, Message = "Sink {Sink}: {Key} was made there by a recovery from storage, and is replaced by the recorder's own, which tells of all that it does and more")]
    private partial void LogSucceeds(string sink, string key);

    [LoggerMessage(EventId = 402, Level = LogLevel.Warning, Message = "Sink {Sink} did not take the running session's manifest: {Reason}")]
    private partial void LogManifest(string sink, string reason);
}

/// <summary>What waits for a sink.</summary>
/// <param name="Sink">Its name in the configuration.</param>
/// <param name="Segments">Segments that wait.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Refused">Objects that it refused for good.</param>
/// <param name="LastError">The last failure since the last success, or null.</param>
internal sealed record SinkStatus(string Sink, int Segments, long Bytes, int Refused, string? LastError);
