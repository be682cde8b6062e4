using System.Security.Cryptography;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Recording;

/// <summary>A session of a machine that is gone: its spool, made again from what a sink holds.</summary>
/// <remarks>
/// The same objects always give the same spool, and with the clock standing still at the last sign of life the same repaired
/// account: two who do it at once store the same bytes.
/// </remarks>
internal sealed class RebuiltSession : IDisposable
{
    private readonly string _folder;
    private readonly IStorageSink _sink;
    private readonly OpenSession _open;
    private readonly IReadOnlyDictionary<string, StoredObject> _stored;
    private readonly List<SegmentClosed> _lost = [];
    private readonly List<SegmentClosed> _inStorage = [];

    private RebuiltSession(
        string folder, IStorageSink sink, OpenSession open, IReadOnlyDictionary<string, StoredObject> stored, SpoolSession spool) =>
        (_folder, _sink, _open, _stored, Spool) = (folder, sink, open, stored, spool);

    /// <summary>The session; not sealed.</summary>
    public SpoolSession Spool { get; }

    /// <summary>Whether the repair met files that are no video; where they lie goes with the folder.</summary>
    public bool HasUnreadable => Directory.Exists(Path.Combine(_folder, "unreadable"));

    /// <summary>The segments that the sink holds whole.</summary>
    public IReadOnlyList<SegmentClosed> InStorage => _inStorage;

    /// <summary>Makes the spool.</summary>
    /// <param name="folder">An empty folder, for this session alone.</param>
    /// <param name="sink">The sink.</param>
    /// <param name="open">What it holds of the session.</param>
    /// <param name="stored">Its objects, by their keys below the session's prefix.</param>
    /// <param name="lastSign">The last sign of life.</param>
    /// <param name="trust">Refuses folders that others can change.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The sink could not be asked, or the tail changed meanwhile.</exception>
    /// <exception cref="SpoolException">The disk refuses.</exception>
    public static async Task<RebuiltSession> CreateAsync(
        string folder,
        IStorageSink sink,
        OpenSession open,
        IReadOnlyDictionary<string, StoredObject> stored,
        DateTimeOffset lastSign,
        TrustPolicy trust,
        CancellationToken cancellationToken)
    {
        var clock = new StandingClock(SessionTime.Later(lastSign, open.Account.LastAt + open.Account.ClockOffset));
        var root = new SpoolRoot(folder, trust, clock);
        var session = Path.Combine(root.Path, open.Document.SessionId);
        PrivateFolder.Create(session);
        SpoolFolder.MarkRebuilt(session, open.Ledger.Length);
        await File.WriteAllBytesAsync(SpoolFolder.LedgerPath(session), open.Ledger, cancellationToken);
        var document = await StoredObjects.ReadAsync(sink, open.Document.Prefix + StoredObjects.Session, cancellationToken)
            ?? throw new StorageException("session.json is gone", StorageFailure.NoSuchObject, isTransient: false);
        await File.WriteAllBytesAsync(SpoolFolder.DocumentPath(session), document, cancellationToken);
        var spool = root.TryAcquire(open.Document.SessionId)
            ?? throw new SpoolException($"the folder {session} is in use", isTransient: true);
        var rebuilt = new RebuiltSession(folder, sink, open, stored, spool);
        try
        {
            await rebuilt.FillAsync(cancellationToken);
            return rebuilt;
        }
        catch
        {
            rebuilt.Dispose();
            throw;
        }
    }

    /// <summary>Notes in the account what went with the machine: the running capture, and segments that were on their way.</summary>
    public void RecordLosses()
    {
        // Its process, if any of that number runs here, is another's.
        if (Spool.Read(account => account.IsCapturing ? account.LastCapture : null) is { } capture)
        {
            Spool.Record(new CaptureEnded(capture.Capture, KebabCase.Of(CaptureEnd.Aborted), "the machine was gone"));
        }

        foreach (var segment in _lost)
        {
            Spool.Record(new SegmentLost(segment.Index, segment.Key));
            var detail = WhyLost(segment);
            var gap = Spool.Record(account => new GapOpened(account.NextGap, segment.StartedAt, GapCause.NotStored, detail));
            Spool.Record(new GapClosed(gap.Gap, segment.StartedAt, SessionTime.After(segment.StartedAt, segment.Duration)));
        }
    }

    /// <summary>What is missing of the files that grew when the machine was gone, in one line; null when nothing is.</summary>
    public string? MissingVideo => _open.Holes.Concat(_open.MissingFiles).Select(hole => $"{hole.File}: {hole.Description}").ToArray() is { Length: > 0 } missing
        ? "video was stored and is missing: " + string.Join("; ", missing)
        : null;

    public void Dispose() => Spool.Dispose();

    private string WhyLost(SegmentClosed segment)
    {
        var hole = _open.Tail.Holes.FirstOrDefault(hole => hole.File == segment.File);
        var why = _open.Account.Delivery.IsConfirmedEverywhere(segment.Key, segment.Sha256)
            ? $"segment {segment.Index} was stored by the ledger's account, and is missing from storage or changed there"
            : $"segment {segment.Index} was recorded, and the machine was gone before it was stored";
        return hole is null ? why : $"{why}; of {hole.File}, {hole.Description}";
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        var closed = _open.Account.Segments.Where(segment => segment.File is not null).ToLookup(segment => segment.File!);
        foreach (var segment in _open.Account.Segments)
        {
            if (_stored.TryGetValue(segment.Key, out var found) && found.Length == segment.Bytes)
            {
                _inStorage.Add(segment);
            }
            else if (!await TryRestoreAsync(segment, cancellationToken))
            {
                _lost.Add(segment);
            }
        }

        foreach (var file in _open.Tail.VideoFiles.Where(file => !closed[file].Any()))
        {
            await CopyAsync(file, Path.Combine(Spool.OpenDirectory, file), cancellationToken);
        }
    }

    /// <summary>A segment that was closed and on its way: its tail may hold all of it.</summary>
    private async Task<bool> TryRestoreAsync(SegmentClosed segment, CancellationToken cancellationToken)
    {
        if (segment.File is not { } file || _open.Tail.LengthOf(file) == 0)
        {
            return false;
        }

        var path = Spool.PathOf(segment.Key);
        await CopyAsync(file, path, cancellationToken);
        using (var copy = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
        {
            if (copy.Length > segment.Bytes)
            {
                // A recovery on the machine had cut a torn fragment off.
                copy.SetLength(segment.Bytes);
            }

            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(copy, cancellationToken)) == segment.Sha256)
            {
                return true;
            }
        }

        // Less than all of it: a picture all the same, whose name tells when it begins.
        File.Move(path, Spool.PathOf(SegmentName.Key(segment.Index, segment.StartedAt, isFromTail: true)));
        return false;
    }

    private async Task CopyAsync(string file, string path, CancellationToken cancellationToken)
    {
        await using (var copy = new FileStream(path, FileMode.CreateNew, FileAccess.Write))
        {
            await _open.Tail.CopyAsync(_sink, file, copy, cancellationToken);
        }

        // By which the repair tells how long the recorder lived.
        if (_stored[_open.Tail.LastKeyOf(file)[_open.Document.Prefix.Length..]].ModifiedAt is { } at)
        {
            File.SetLastWriteTimeUtc(path, at.UtcDateTime);
        }
    }

    /// <summary>The time does not pass.</summary>
    private sealed class StandingClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
