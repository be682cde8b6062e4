using System.Security.Cryptography;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Upload;

/// <summary>What one sink has yet to receive of one session, in order. Thread-safe.</summary>
/// <remarks>
/// <para>
/// Made from the ledger, so it survives everything that the ledger survives: an object is done when the ledger says that
/// this sink confirmed it. What closes a session (ledger and manifest) is done when just what would be sent was confirmed: where
/// Object Lock holds what is stored, each more would be a version that nobody can delete.
/// </para>
/// <para>
/// The order: session.json, which claims the session's place; segments, the oldest first, or after <see cref="Hurry"/> the
/// manifest as it stands and then the newest first; at last the ledger and the sealed manifest. What failed on its own goes
/// behind what was tried less often, and what was refused for good is set aside and tried again only now and then.
/// </para>
/// </remarks>
internal sealed class SinkQueue
{
    /// <summary>How long what was refused for good is set aside: a permission may be mended while the session lasts.</summary>
    public static readonly TimeSpan AsideFor = TimeSpan.FromMinutes(5);

    private readonly string _sink;
    private readonly SpoolSession _spool;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly SortedSet<QueuedObject> _ready;
    private readonly HashSet<QueuedObject> _flying = [];
    private readonly Dictionary<string, QueuedObject> _aside = [];
    private readonly QueuedObject _session = new(PendingObject.Session);
    private readonly QueuedObject _ledger = new(PendingObject.Ledger);
    private readonly QueuedObject _manifest = new(PendingObject.Manifest);
    private readonly QueuedObject _interim = new(PendingObject.InterimManifest);
    private int _taken;
    private bool _newestFirst;
    private bool _interimWanted;
    private bool _toldSealed;

    public SinkQueue(string sink, SpoolSession spool, TimeProvider time)
    {
        _sink = sink;
        _spool = spool;
        _time = time;
        _ready = new SortedSet<QueuedObject>(Comparer<QueuedObject>.Create(Compare));
        _session.IsDone = spool.Read(account =>
            account.SessionSha256 is { } sha256 && account.Delivery.IsConfirmed(sink, SessionObjects.SessionKey, sha256));
        if (spool.Read(account => account.Seal) is not null)
        {
            _ledger.IsDone = IsStored(SessionObjects.LedgerKey, spool.Ledger.OpenSealed);
            _manifest.IsDone = IsStored(SessionObjects.ManifestKey, () => new MemoryStream(SessionSealer.Derive(spool).Manifest));
        }

        Refresh();
    }

    private bool IsStored(string key, Func<Stream> open)
    {
        if (!_spool.Read(account => account.Delivery.IsConfirmedAtAll(_sink, key)))
        {
            return false;
        }

        using var content = open();
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        return _spool.Read(account => account.Delivery.IsConfirmed(_sink, key, sha256));
    }

    /// <summary>Segments that wait or are being sent, not counting those that were refused for good.</summary>
    public Backlog Waiting
    {
        get
        {
            lock (_lock)
            {
                Refresh();
                var segments = _ready.Concat(_flying).Where(o => o is { IsWaiting: true, Segment: not null }).Select(o => o.Segment!).ToArray();
                return new Backlog(
                    segments.Length,
                    segments.Sum(segment => segment.Bytes),
                    segments.Length == 0 ? null : segments.Min(segment => SessionTime.After(segment.StartedAt, segment.Duration)));
            }
        }
    }

    /// <summary>What this sink refused for good, with its reasons.</summary>
    public IReadOnlyList<RefusedObject> Refused
    {
        get
        {
            lock (_lock)
            {
                return [.. _aside.Values.OrderBy(o => o.Pending.Key, StringComparer.Ordinal).Select(o => new RefusedObject(o.Pending.Key, o.Refusal!))];
            }
        }
    }

    /// <summary>Whether the session's place in this storage is its own.</summary>
    public bool HasClaim
    {
        get
        {
            lock (_lock)
            {
                return _session.IsDone;
            }
        }
    }

    /// <summary>Whether nothing is being sent, and nothing waits that was not refused.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return _flying.Count == 0 && Next(withRefused: false) is null;
            }
        }
    }

    /// <summary>Whether everything of a sealed session is confirmed.</summary>
    public bool IsComplete
    {
        get
        {
            lock (_lock)
            {
                Refresh();
                return _session.IsDone && _manifest.IsDone && _ledger.IsDone && _ready.Count + _flying.Count + _aside.Count == 0;
            }
        }
    }

    /// <summary>Gives what is to be sent next, which then is being sent; null when there is nothing at present.</summary>
    public PendingObject? Take()
    {
        lock (_lock)
        {
            if (Next(withRefused: true) is not { } next)
            {
                return null;
            }

            if (next.Segment is not null)
            {
                _ready.Remove(next);
            }

            _flying.Add(next);
            next.IsFlying = true;
            return next.Pending;
        }
    }

    /// <summary>The manifest as it stands is to be sent, before the next segment.</summary>
    public void WantInterimManifest()
    {
        lock (_lock)
        {
            _interimWanted = true;
        }
    }

    /// <summary>The sink has confirmed an object.</summary>
    public void Confirmed(PendingObject pending)
    {
        lock (_lock)
        {
            var landed = Land(pending);
            landed.IsDone = !pending.IsInterim;
            _aside.Remove(pending.Key);
            _interimWanted &= !pending.IsInterim;
        }
    }

    /// <summary>The sink refused an object for good: it is set aside, and the rest goes on.</summary>
    /// <returns>Whether that is news, or the same as when it was tried before.</returns>
    public bool Refuse(PendingObject pending, string reason)
    {
        lock (_lock)
        {
            var landed = Land(pending);
            if (pending.IsInterim)
            {
                // It is only a courtesy, and the sealed one is judged by itself.
                _interimWanted = false;
                return true;
            }

            _aside[pending.Key] = landed;
            return landed.Refuse(reason, _time.GetTimestamp() + (long)(AsideFor.TotalSeconds * _time.TimestampFrequency));
        }
    }

    /// <summary>An attempt failed, and the object waits again.</summary>
    /// <param name="pending">The object.</param>
    /// <param name="isSinksFailure">Whether any object would probably have failed.</param>
    public void Failed(PendingObject pending, bool isSinksFailure)
    {
        lock (_lock)
        {
            var landed = Land(pending);
            if (pending.IsInterim)
            {
                _interimWanted = false;
                return;
            }

            landed.Strike(isSinksFailure);
            if (landed.Segment is not null && landed.Refusal is null)
            {
                _ready.Add(landed);
            }
        }
    }

    /// <summary>
    /// From now on the manifest as it stands comes first and the newest picture next: the recording ends, and perhaps the
    /// machine soon after. What was refused gets another chance.
    /// </summary>
    public void Hurry()
    {
        lock (_lock)
        {
            Refresh();
            var ready = _ready.ToArray();
            _ready.Clear();
            _newestFirst = true;
            foreach (var queued in ready.Concat(_aside.Values).Append(_session))
            {
                queued.Forgive();
            }

            _ready.UnionWith(ready);
            _interimWanted = _ready.Count > 1;
        }
    }

    /// <summary>Takes in what the ledger has that the queue has not.</summary>
    private void Refresh() => _spool.Read(account =>
    {
        for (; _taken < account.Segments.Count; _taken++)
        {
            var segment = account.Segments[_taken];
            if (!account.Delivery.IsSettled(_sink, segment.Key, segment.Sha256))
            {
                _ready.Add(new QueuedObject(PendingObject.Of(segment)));
            }
        }

        return _taken;
    });

    private QueuedObject? Next(bool withRefused)
    {
        Refresh();
        if (_spool.Document.Provisional)
        {
            // The place in storage may still change.
            return null;
        }

        if (!_session.IsDone)
        {
            return MaySend(_session, withRefused) ? _session : null;
        }

        var isSealed = _spool.Read(account => account.Seal is not null);
        if (isSealed && !_toldSealed)
        {
            // What was written of the manifest before does not know the last segments.
            _toldSealed = true;
            _interimWanted = _newestFirst && _ready.Count > 1;
        }

        return _interimWanted && !_interim.IsFlying ? _interim
            : _ready.Min is { } segment ? segment
            : withRefused && _aside.Values.FirstOrDefault(o => o.Segment is not null && MaySend(o, withRefused)) is { } refused ? refused
            : isSealed && _flying.Count == 0 ? NextSealed(withRefused)
            : null;
    }

    /// <summary>
    /// The ledger, then its manifest. Where the ledger is refused, another account is stored: its manifest, which may be
    /// replaced, must not be.
    /// </summary>
    private QueuedObject? NextSealed(bool withRefused) =>
        MaySend(_ledger, withRefused) ? _ledger
        : _ledger.IsDone && MaySend(_manifest, withRefused) ? _manifest
        : null;

    private bool MaySend(QueuedObject queued, bool withRefused) =>
        queued is { IsDone: false, IsFlying: false }
        && (queued.Refusal is null || (withRefused && _time.GetTimestamp() >= queued.NotBefore));

    private QueuedObject Land(PendingObject pending)
    {
        var landed = _flying.First(o => o.Pending == pending);
        _flying.Remove(landed);
        landed.IsFlying = false;
        return landed;
    }

    private int Compare(QueuedObject one, QueuedObject other)
    {
        var byRank = one.Rank.CompareTo(other.Rank);
        var byIndex = one.Segment!.Index.CompareTo(other.Segment!.Index);
        return byRank != 0 ? byRank : _newestFirst ? -byIndex : byIndex;
    }
}

/// <summary>Segments that wait.</summary>
/// <param name="Segments">How many.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="OldestAt">When the oldest of them ended; null where none waits.</param>
internal readonly record struct Backlog(int Segments, long Bytes, DateTimeOffset? OldestAt);

/// <summary>An object that a sink refused for good.</summary>
/// <param name="Key">Its key below the session's prefix.</param>
/// <param name="Reason">What the sink said.</param>
internal sealed record RefusedObject(string Key, string Reason);
