using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Upload;

/// <summary>What one sink has yet to receive of one session, in order. Thread-safe.</summary>
/// <remarks>
/// Made from the ledger, so it survives everything that the ledger survives: an object is done when the ledger says that
/// this sink confirmed it. What closes a session (ledger and manifest) is simply sent again by the next process.
/// </remarks>
internal sealed class SinkQueue
{
    private readonly string _sink;
    private readonly SpoolSession _spool;
    private readonly Lock _lock = new();
    private readonly Queue<SegmentClosed> _segments = new();
    private readonly HashSet<string> _refused = [];
    private readonly HashSet<string> _sealedSent = [];
    private int _taken;
    private bool _sessionDone;

    public SinkQueue(string sink, SpoolSession spool)
    {
        _sink = sink;
        _spool = spool;
        _sessionDone = spool.Read(account =>
            account.SessionSha256 is { } sha256 && account.Delivery.IsConfirmed(sink, SessionObjects.SessionKey, sha256));
        Refresh();
    }

    /// <summary>Segments that wait, not counting those that were refused for good.</summary>
    public (int Count, long Bytes) Waiting
    {
        get
        {
            lock (_lock)
            {
                return (_segments.Count, _segments.Sum(segment => segment.Bytes));
            }
        }
    }

    /// <summary>How many objects this sink refused for good.</summary>
    public int Refused
    {
        get
        {
            lock (_lock)
            {
                return _refused.Count;
            }
        }
    }

    /// <summary>Takes in what the ledger has that the queue has not.</summary>
    public void Refresh()
    {
        lock (_lock)
        {
            _spool.Read(account =>
            {
                for (; _taken < account.Segments.Count; _taken++)
                {
                    var segment = account.Segments[_taken];
                    if (!account.Delivery.IsConfirmed(_sink, segment.Key, segment.Sha256))
                    {
                        _segments.Enqueue(segment);
                    }
                }

                return _taken;
            });
        }
    }

    /// <summary>What is to be sent next, or null when there is nothing at present.</summary>
    /// <remarks>
    /// session.json goes first and is never replaced, so it claims the session's place in storage: where another session
    /// lies there already, nothing of this one is sent, and nothing of that one is overwritten. As long as the place itself
    /// may still change, nothing is sent.
    /// </remarks>
    public PendingObject? Peek()
    {
        Refresh();
        lock (_lock)
        {
            return _spool.Document.Provisional ? null
                : !_sessionDone
                ? _refused.Contains(SessionObjects.SessionKey) ? null : PendingObject.Session
                : _segments.TryPeek(out var segment) ? PendingObject.Of(segment)
                : _spool.Read(account => account.Seal is not null) ? PeekSealed()
                : null;
        }
    }

    /// <summary>Whether the session's place in this storage is its own.</summary>
    public bool HasClaim
    {
        get
        {
            lock (_lock)
            {
                return _sessionDone;
            }
        }
    }

    /// <summary>The sink has confirmed an object, or refused it for good.</summary>
    public void Done(PendingObject done, bool refused)
    {
        lock (_lock)
        {
            if (refused)
            {
                _refused.Add(done.Key);
            }

            if (done.Key == SessionObjects.SessionKey)
            {
                _sessionDone = !refused;
            }
            else if (done.Segment is null)
            {
                _sealedSent.Add(done.Key);
            }
            else if (_segments.TryPeek(out var segment) && segment.Key == done.Key)
            {
                _segments.Dequeue();
            }
        }
    }

    private PendingObject? PeekSealed()
    {
        if (_refused.Contains(SessionObjects.LedgerKey))
        {
            // Another account is stored: its manifest, which may be replaced, must not be.
            return null;
        }

        foreach (var sealedObject in (PendingObject[])[PendingObject.Ledger, PendingObject.Manifest])
        {
            if (!_refused.Contains(sealedObject.Key) && !_sealedSent.Contains(sealedObject.Key))
            {
                return sealedObject;
            }
        }

        return null;
    }
}
