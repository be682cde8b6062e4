namespace SessionRecorder.Host.Spool;

/// <summary>The append-only truth about one session: a JSON line a fact, each with the hash of the line before.</summary>
/// <remarks>
/// Thread-safe. <see cref="Append"/> returns when the line is on disk, at a cost that does not grow with the ledger.
/// Where the disk refuses (full, say), what was written of the line is cut off again and the line is kept in memory, in
/// its place in the chain, until <see cref="TryFlushPending"/> or the next append gets it written: a fact is never lost
/// while the process lives, and the file never holds half a line.
/// </remarks>
internal sealed class Ledger : IDisposable
{
    private readonly Lock _gate = new();
    private readonly FileStream _file;
    private readonly Queue<byte[]> _pending = new();
    private long _lines;
    private long _lengthOnDisk;
    private long _length;
    private string _lastHash;
    private bool _isTorn;
    private Exception? _failure;
    private LedgerSeal? _seal;

    private Ledger(FileStream file, LedgerScan scan)
    {
        _file = file;
        _lines = scan.Lines;
        _length = _lengthOnDisk = scan.Length;
        _lastHash = scan.LastHash;
        _seal = scan.Seal is { } seal ? new LedgerSeal(seal.End, seal.Hash) : null;
    }

    /// <summary>The ledger's file.</summary>
    public string Path => _file.Name;

    /// <summary>How many lines it has, pending ones included; the next line's number.</summary>
    public long Lines => Locked(() => _lines);

    /// <summary>How many bytes of whole lines are on disk for good.</summary>
    public long DurableLength => Locked(() => _lengthOnDisk);

    /// <summary>The last line's hash, pending ones included.</summary>
    public string LastHash => Locked(() => _lastHash);

    /// <summary>
    /// The bytes up to and including the line that closes the account, and that line's hash; null before. These bytes
    /// are what is stored: lines after them tell of the delivery, and stay here.
    /// </summary>
    public LedgerSeal? Seal => Locked(() => _seal);

    /// <summary>Whether lines wait in memory because the disk refused them.</summary>
    public bool HasPending => Locked(() => _pending.Count > 0);

    /// <summary>What the disk said when it refused; null when nothing is pending.</summary>
    public Exception? PendingFailure => Locked(() => _failure);

    /// <summary>Opens a ledger, or makes an empty one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="onLine">Called with each line that is there already, in order.</param>
    /// <param name="open">How the file is opened; null for the usual way.</param>
    /// <returns>The ledger, ready for appending; a torn last line is cut off.</returns>
    /// <exception cref="LedgerException">The chain is broken before its end.</exception>
    /// <exception cref="SpoolException">The file could not be opened or read.</exception>
    public static Ledger Open(string path, Action<LedgerLine> onLine, Func<string, FileStream>? open = null)
    {
        FileStream? file = null;
        try
        {
            file = (open ?? OpenFile)(path);
            var scan = LedgerReader.Scan(file, path, onLine);
            if (scan.TornBytes > 0)
            {
                file.SetLength(scan.Length);
                file.Flush(flushToDisk: true);
            }

            return new Ledger(file, scan);
        }
        catch (Exception e) when (SpoolException.IsFileFailure(e))
        {
            file?.Dispose();
            throw new SpoolException($"the ledger {path} could not be opened: {e.Message}", isTransient: true, null, e);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <summary>Adds a fact. Does not throw where the disk refuses: see <see cref="HasPending"/>.</summary>
    /// <param name="fact">The fact.</param>
    /// <param name="at">Session time now.</param>
    public void Append(LedgerFact fact, DateTimeOffset at)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(!_file.CanWrite, this);
            var line = LedgerLine.Encode(_lines, at, _lastHash, fact);
            _lastHash = LedgerLine.HashOf(line.AsSpan(..^1));
            _lines++;
            _length += line.Length;
            _pending.Enqueue(line);
            if (fact is SessionSealed)
            {
                _seal ??= new LedgerSeal(_length, _lastHash);
            }

            WritePending();
        }
    }

    /// <summary>Tries again to write what the disk refused.</summary>
    /// <returns>Whether everything is on disk now; if not, <see cref="PendingFailure"/> says why.</returns>
    public bool TryFlushPending()
    {
        lock (_gate)
        {
            WritePending();
            return _pending.Count == 0;
        }
    }

    /// <summary>The bytes that are stored: see <see cref="Seal"/>.</summary>
    /// <returns>A seekable stream, to be disposed by the caller.</returns>
    /// <exception cref="InvalidOperationException">The account is not closed.</exception>
    /// <exception cref="SpoolException">The file could not be opened, or a part of it is still pending.</exception>
    public Stream OpenSealed()
    {
        var seal = Seal ?? throw new InvalidOperationException("The session is not sealed.");
        if (!TryFlushPending())
        {
            throw new SpoolException(
                $"the ledger {Path} could not be written: {PendingFailure?.Message}",
                isTransient: true,
                "make room on the disk",
                PendingFailure);
        }

        try
        {
            return PrefixStream.Open(Path, seal.Length);
        }
        catch (Exception e) when (SpoolException.IsFileFailure(e))
        {
            throw new SpoolException($"the ledger {Path} could not be opened: {e.Message}", isTransient: true, null, e);
        }
    }

    /// <summary>Closes the file, after a last attempt to write what is pending; what the disk refuses still is lost.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_file.CanWrite)
            {
                WritePending();
            }

            _file.Dispose();
        }
    }

    private static FileStream OpenFile(string path) =>
        // Unbuffered: a line goes out in one write, and nothing is left behind when that fails.
        new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);

    private void WritePending()
    {
        try
        {
            CutTornBytes();
            while (_pending.TryPeek(out var line))
            {
                _isTorn = true;
                _file.Position = _lengthOnDisk;
                _file.Write(line);
                _file.Flush(flushToDisk: true);
                _isTorn = false;
                _lengthOnDisk += line.Length;
                _pending.Dequeue();
            }

            _failure = null;
        }
        catch (Exception e) when (SpoolException.IsFileFailure(e))
        {
            _failure = e;
            TryCutTornBytes();
        }
    }

    private void CutTornBytes()
    {
        if (_isTorn)
        {
            _file.SetLength(_lengthOnDisk);
            _isTorn = false;
        }
    }

    private void TryCutTornBytes()
    {
        try
        {
            CutTornBytes();
        }
        catch (Exception e) when (SpoolException.IsFileFailure(e))
        {
            // The next attempt cuts first; and should the process die before, so does the next opening.
            _failure = e;
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }
}

/// <summary>Where the account was closed.</summary>
/// <param name="Length">The ledger's length up to and including the closing line, in bytes.</param>
/// <param name="Hash">The closing line's hash: the manifest's <c>ledgerHash</c>.</param>
internal sealed record LedgerSeal(long Length, string Hash);
