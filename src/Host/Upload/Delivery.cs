using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Upload;

/// <summary>Sends one session to every configured sink, and deletes locally what all of them have confirmed.</summary>
internal sealed partial class Delivery : IAsyncDisposable
{
    private static readonly TimeSpan SinkPatience = TimeSpan.FromSeconds(5);

    private readonly SpoolSession _spool;
    private readonly string[] _names;
    private readonly IReadOnlyList<SinkUploader> _uploaders;
    private readonly IReadOnlyList<TailUploader> _tails;
    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _logger;
    private readonly Lock _startLock = new();
    private Task? _running;

    /// <summary>Makes one; <see cref="Start"/> begins to send.</summary>
    /// <param name="spool">The session.</param>
    /// <param name="sinks">The sinks by name.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of what fails.</param>
    /// <param name="tailInterval">How often growing files are sent; zero where nothing grows, or it is not wanted.</param>
    public Delivery(
        SpoolSession spool,
        IReadOnlyDictionary<string, IStorageSink> sinks,
        TimeProvider time,
        ILogger<Delivery> logger,
        TimeSpan tailInterval = default)
    {
        _spool = spool;
        _logger = logger;
        _names = [.. sinks.Keys];
        SinkRoster.Update(spool, _names, logger);
        _tails = [.. sinks.Select(sink => new TailUploader(sink.Key, sink.Value, spool, tailInterval, time, logger))];
        _uploaders =
        [
            .. sinks.Zip(_tails, (sink, tail) => new SinkUploader(sink.Key, sink.Value, spool, time, logger, OnConfirmed, tail.CatchUpAsync)),
        ];
        foreach (var segment in spool.Read(account => account.Segments.ToArray()))
        {
            DeleteIfConfirmed(segment);
        }
    }

    /// <summary>Begins to send. Idempotent; thread-safe.</summary>
    public void Start()
    {
        lock (_startLock)
        {
            _running ??= Task.WhenAll(
            [
                .. _uploaders.Select(uploader => uploader.RunAsync(_stop.Token)),
                .. _tails.Select(tail => tail.RunAsync(_stop.Token)),
            ]);
        }
    }

    /// <summary>What waits, for each sink.</summary>
    public IReadOnlyList<SinkStatus> Status => [.. _uploaders.Select(uploader => uploader.Status)];

    /// <summary>Whether every sink has confirmed everything of the sealed session.</summary>
    public bool IsComplete => _uploaders.All(uploader => uploader.IsComplete);

    /// <summary>Whether everything that still waits, waits for sinks that fail at present.</summary>
    public bool IsStuck => _uploaders.All(uploader => uploader.IsStuck);

    /// <summary>Whether no sink holds pieces of growing files any more. Until then the spool knows which, and is kept.</summary>
    public bool IsClean => _tails.All(tail => tail.IsClean);

    /// <summary>There may be something to send. Thread-safe.</summary>
    public void Notify()
    {
        foreach (var uploader in _uploaders)
        {
            uploader.Notify();
        }
    }

    /// <summary>The recording ends: the manifest as it stands and the newest segments go first from now on. Thread-safe.</summary>
    public void Hurry()
    {
        foreach (var uploader in _uploaders)
        {
            uploader.Hurry();
        }
    }

    /// <summary>Waits until nothing that can be sent is waiting; retries go on meanwhile.</summary>
    /// <param name="cancellationToken">The deadline.</param>
    /// <returns>Whether everything of a sealed session was confirmed by every sink.</returns>
    public async Task<bool> DrainAsync(CancellationToken cancellationToken)
    {
        Start();
        Notify();
        try
        {
            await Task.WhenAll(_uploaders.Select(uploader => uploader.WhenIdle())).WaitAsync(cancellationToken);
            await Task.WhenAll(_tails.Select(tail => tail.CleanAsync(cancellationToken))).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The deadline came first: what is left stays in the spool.
        }

        return IsComplete;
    }

    /// <summary>Ends all sending. A sink that does not heed its cancellation must not keep anybody waiting.</summary>
    /// <param name="patience">How long to wait for the sinks.</param>
    public async Task StopAsync(TimeSpan patience)
    {
        await _stop.CancelAsync();

        var running = _running ?? Task.CompletedTask;
        await Task.WhenAny(running, Task.Delay(patience));
        if (running.IsCompleted)
        {
            foreach (var tail in _tails)
            {
                tail.Dispose();
            }
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync(SinkPatience);

    private void DeleteIfConfirmed(SegmentClosed segment)
    {
        // While the ledger waits for room on the disk, the account of this segment is in memory alone.
        if (_spool.Ledger.HasPending || !_spool.Read(account => account.Delivery.IsConfirmedByAll(_names, segment.Key, segment.Sha256)))
        {
            return;
        }

        try
        {
            _spool.DeleteVideo(segment.Key);
        }
        catch (SpoolException e)
        {
            // Stored all the same; the whole folder goes when the session is complete.
            LogNotDeleted(segment.Key, e);
        }
    }

    private void OnConfirmed(PendingObject confirmed)
    {
        if (confirmed.Segment is { } segment)
        {
            DeleteIfConfirmed(segment);
        }
    }

    [LoggerMessage(EventId = 410, Level = LogLevel.Warning, Message = "{Key} is stored but could not be deleted from the spool")]
    private partial void LogNotDeleted(string key, Exception exception);
}
