using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Logging;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Upload;

/// <summary>
/// Sends to one sink, every few seconds, what the growing files of a session have grown by, and takes it back when the
/// whole file is stored.
/// </summary>
/// <remarks>
/// So that storage holds, at any moment, the ledger and the picture up to some seconds ago. Runs beside the sink's
/// <see cref="SinkUploader"/> and never in its way: while finished segments queue, no video goes up here.
/// </remarks>
internal sealed partial class TailUploader : IDisposable
{
    /// <summary>The longest piece: what a sink that was down has to catch up with goes as several.</summary>
    public const int MaxPiece = 8 * 1000 * 1000;

    /// <summary>With more finished segments than this waiting, the link is better used for them.</summary>
    private const int MaxWaiting = 1;

    /// <summary>So many small pieces of the ledger are put into one.</summary>
    private const int MaxLedgerPieces = 50;

    private static readonly TimeSpan CatchUpPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan CleaningInterval = TimeSpan.FromSeconds(5);

    /// <summary>After how long without news a recorder shows that it lives.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    /// <summary>
    /// After how long without a sign of life what was sent may have been taken away, by a recovery that took the recorder for
    /// dead: it is sent anew, or what follows it would be of no use.
    /// </summary>
    private static readonly TimeSpan TakenForDead = OpenSession.Silence / 2;

    private readonly string _sink;
    private readonly SpoolSession _spool;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TailJournal _journal;
    private readonly TailStore _store;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly HashSet<string> _confirmed = new(StringComparer.Ordinal);
    private int _looked;
    private long _sentAt;
    private DateTimeOffset _sentAtUtc;
    private string? _failure;

    /// <summary>Makes one.</summary>
    /// <param name="sink">The sink's name in the configuration.</param>
    /// <param name="store">The sink.</param>
    /// <param name="spool">The session.</param>
    /// <param name="interval">How often; zero to send nothing, and only take back what an earlier process sent.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told when it begins to fail, and when it works again.</param>
    public TailUploader(
        string sink, IStorageSink store, SpoolSession spool, TimeSpan interval, TimeProvider time, ILogger logger)
    {
        (_sink, _spool, _interval, _time, _logger) = (sink, spool, interval, time, logger);
        _journal = TailJournal.Open(spool.Directory, sink, time.GetUtcNow() - TakenForDead);
        _store = new TailStore(store, spool, _journal);
        Sent();
    }

    /// <summary>Whether nothing of the tail is left in the sink, as far as is known.</summary>
    public bool IsClean => _journal.Keys.Count == 0;

    /// <summary>Sends and cleans until cancelled. Never throws.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = _interval > TimeSpan.Zero ? _interval : CleaningInterval;
        var next = pause;
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(next, _time, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
            var longest = MaxPause > pause ? MaxPause : pause;
            next = await TryStepAsync(cancellationToken) ? pause : next * 2 < longest ? next * 2 : longest;
        }
    }

    /// <summary>Sends what there is now, rather than when it is due; who waits for that does not wait long. Never throws.</summary>
    public Task CatchUpAsync(CancellationToken cancellationToken) =>
        Task.WhenAny(TryStepAsync(cancellationToken), Task.Delay(CatchUpPatience, _time, cancellationToken));

    /// <summary>Takes back what is left, of a session that is stored whole.</summary>
    /// <returns>Whether nothing is left.</returns>
    public async Task<bool> CleanAsync(CancellationToken cancellationToken)
    {
        await TryStepAsync(cancellationToken);
        return IsClean;
    }

    /// <summary>When nothing runs any more.</summary>
    public void Dispose() => _gate.Dispose();

    private async Task<bool> TryStepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _gate.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        try
        {
            await StepAsync(cancellationToken);
            if (_failure is not null)
            {
                LogWorks(_sink);
            }

            _failure = null;
            return true;
        }
        catch (Exception e)
        {
            // Whatever a sink or the disk says: the segments themselves are not to suffer, and the next step tries again.
            if (!cancellationToken.IsCancellationRequested && _failure != e.Message)
            {
                _failure = e.Message;
                LogFailed(_sink, e.Message);
            }

            return false;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        // Before the look: what is closed between the two is neither, and its turn comes first in the next step.
        FileInfo[] open = _interval > TimeSpan.Zero && Directory.Exists(_spool.OpenDirectory) ? [.. SpoolFolder.FilesIn(_spool.OpenDirectory)] : [];
        var known = Look();
        if (known.IsSending && _interval > TimeSpan.Zero)
        {
            if (MayBeTakenForDead)
            {
                _journal.Doubt();
            }

            // In this order: what the ledger in storage calls closed, storage has the bytes of.
            var ledgerLength = _spool.Ledger.DurableLength;
            if (known.Waiting.Count <= MaxWaiting)
            {
                await SendVideoAsync(known.Waiting, open, cancellationToken);
            }

            await SendAsync(SessionObjects.LedgerKey, _spool.Ledger.Path, ledgerLength, cancellationToken);
            await JoinLedgerAsync(ledgerLength, cancellationToken);
            await ShowLifeAsync(cancellationToken);
        }

        await _store.RemoveAsync(Stale(known.IsStored), cancellationToken);
    }

    /// <summary>What this sink has confirmed since the last look, and what it has not.</summary>
    private (bool IsSending, bool IsStored, IReadOnlyList<SegmentClosed> Waiting) Look() => _spool.Read(account =>
    {
        var waiting = new List<SegmentClosed>();
        for (var i = _looked; i < account.Segments.Count; i++)
        {
            var segment = account.Segments[i];
            if (account.Delivery.IsSettled(_sink, segment.Key, segment.Sha256))
            {
                _confirmed.Add(segment.File ?? "");
                _looked = waiting.Count == 0 ? i + 1 : _looked;
            }
            else if (!account.Delivery.Refused.ContainsKey((_sink, segment.Key)))
            {
                waiting.Add(segment);
            }
        }

        var claimed = account is { IsProvisional: false, SessionSha256: { } session }
            && account.Delivery.IsConfirmed(_sink, SessionObjects.SessionKey, session);
        return (claimed && account.Seal is null, IsStoredWhole(account, waiting), (IReadOnlyList<SegmentClosed>)waiting);
    });

    /// <remarks>The tail of a segment that the sink refused may be all that there is of it there; the log is no part of the recording.</remarks>
    private bool IsStoredWhole(SessionAccount account, List<SegmentClosed> waiting) =>
        account.Seal is not null
        && waiting.Count == 0
        && account.Delivery.Refused.All(refused => refused.Key.Sink != _sink || LogPiece.IndexOf(refused.Key.Key) is not null)
        && account.Delivery.IsConfirmedAtAll(_sink, SessionObjects.ManifestKey);

    /// <summary>
    /// What grows, and the rest of files that were closed since, while the whole segment is still on its way. In the order of
    /// their names, which is that of time: a piece of a file in storage shows that the files before it were sent.
    /// </summary>
    private async Task SendVideoAsync(
        IReadOnlyList<SegmentClosed> waiting, IReadOnlyList<FileInfo> open, CancellationToken cancellationToken)
    {
        var files = waiting.Where(segment => segment.File is not null).Select(segment => (Name: segment.File!, Path: _spool.PathOf(segment.Key), UpTo: segment.Bytes))
            .Concat(open.Select(file => (file.Name, Path: file.FullName, UpTo: long.MaxValue)))
            .DistinctBy(file => file.Name)
            .OrderBy(file => file.Name, StringComparer.Ordinal);
        foreach (var (name, path, upTo) in files)
        {
            await SendAsync(name, path, upTo, cancellationToken);
            if (upTo == long.MaxValue && !File.Exists(path))
            {
                // Closed meanwhile: the rest of it goes before what follows it.
                return;
            }
        }
    }

    private async Task SendAsync(string name, string path, long upTo, CancellationToken cancellationToken)
    {
        for (var sent = _journal.LengthOf(name); sent < upTo;)
        {
            var bytes = await ReadAsync(path, sent, upTo, cancellationToken);
            if (bytes.Length == 0)
            {
                return;
            }

            var piece = new TailPiece(name, sent, sent + bytes.Length);
            await _store.PutAsync(piece, bytes, cancellationToken);
            Sent();

            // What it grew by meanwhile is the next step's matter: on a slow link there would be no end of it.
            sent = bytes.Length < MaxPiece ? upTo : piece.To;
        }
    }

    /// <summary>
    /// Puts the ledger's many small pieces into one, so that a long session neither has thousands to be read nor to be
    /// cleaned up at its end. What the join before made stays until the next: somebody may be reading it.
    /// </summary>
    private async Task JoinLedgerAsync(long length, CancellationToken cancellationToken)
    {
        var pieces = _journal.PiecesOf(SessionObjects.LedgerKey);
        var joined = pieces.Where(piece => piece.From == 0).Select(piece => piece.To).DefaultIfEmpty().Max();
        if (pieces.Count(piece => piece.To > joined) < MaxLedgerPieces || length > MaxPiece)
        {
            return;
        }

        var whole = new TailPiece(SessionObjects.LedgerKey, 0, length);
        await _store.PutAsync(whole, await ReadAsync(_spool.Ledger.Path, 0, length, cancellationToken), cancellationToken);
        await _store.RemoveAsync(
            [.. pieces.Where(piece => piece.To <= joined && piece != whole with { To = joined }).Select(piece => piece.Key)],
            cancellationToken);
    }

    private static async Task<byte[]> ReadAsync(string path, long from, long upTo, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var bytes = new byte[Math.Clamp(Math.Min(file.Length, upTo) - from, 0, MaxPiece)];
            file.Position = from;
            var read = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
            return read == bytes.Length ? bytes : bytes[..read];
        }
        catch (FileNotFoundException)
        {
            // Closed and renamed since, or stored and deleted: the next step sees it as what it is then.
            return [];
        }
    }

    private async Task ShowLifeAsync(CancellationToken cancellationToken)
    {
        if (_time.GetElapsedTime(_sentAt) >= Silence)
        {
            await _store.PutSignOfLifeAsync(cancellationToken);
            Sent();
        }
    }

    private void Sent() => (_sentAt, _sentAtUtc) = (_time.GetTimestamp(), _time.GetUtcNow());

    /// <summary>By either clock: one of them stands still while the machine sleeps.</summary>
    private bool MayBeTakenForDead =>
        _time.GetElapsedTime(_sentAt) >= TakenForDead || _time.GetUtcNow() - _sentAtUtc >= TakenForDead;

    /// <summary>What has served its purpose: the pieces of segments that are stored whole; in the end everything.</summary>
    private string[] Stale(bool isStored) =>
    [
        .. _journal.Keys.Where(key => isStored || (TailPiece.Parse(key) is { } piece && _confirmed.Contains(piece.File))),
    ];

    [LoggerMessage(EventId = 420, Level = LogLevel.Warning, Message = "Sink {Sink}: what the growing segment grew by could not be sent or cleaned up, and is tried again: {Reason}")]
    private partial void LogFailed(string sink, string reason);

    [LoggerMessage(EventId = 421, Level = LogLevel.Information, Message = "Sink {Sink} takes the growing segment again")]
    private partial void LogWorks(string sink);
}
