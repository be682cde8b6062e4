using System.Text;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Upload;

/// <summary>Remembers on disk which pieces lie in a sink, for whoever has to clean them up.</summary>
/// <remarks>
/// A line a step: <c>? key</c> before a piece is sent, <c>+ key</c> when it is stored, <c>- key</c> when it is gone. Not
/// flushed to disk: what a power cut takes of it costs a piece that is sent twice or expires by the store's own rule,
/// while flushing would cost a disk write every few seconds. Thread-safe.
/// </remarks>
internal sealed class TailJournal
{
    private const char Sending = '?';
    private const char Stored = '+';
    private const char Gone = '-';

    private readonly string _path;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, bool> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> _doubted = new(StringComparer.Ordinal);

    private TailJournal(string path) => _path = path;

    /// <summary>The keys, below the session's prefix, under which something may lie.</summary>
    public IReadOnlyCollection<string> Keys
    {
        get
        {
            lock (_lock)
            {
                return [.. _keys.Keys];
            }
        }
    }

    /// <summary>Opens a sink's journal in a session's folder; nothing is written before the first piece.</summary>
    /// <param name="sessionFolder">The session's folder.</param>
    /// <param name="sink">The sink's name in the configuration.</param>
    /// <param name="trustSince">What was written before that may be gone: see <see cref="Doubt"/>.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static TailJournal Open(string sessionFolder, string sink, DateTimeOffset trustSince = default)
    {
        var journal = new TailJournal(Path.Combine(sessionFolder, $"tail-{sink}.log"));
        if (!File.Exists(journal._path))
        {
            return journal;
        }

        var isOld = File.GetLastWriteTimeUtc(journal._path) < trustSince.UtcDateTime;
        foreach (var line in File.ReadLines(journal._path))
        {
            if (line.Length > 2 && line[1] == ' ' && StorageKey.IsValid(line[2..]))
            {
                journal.Apply(line[0], line[2..]);
            }
        }

        var left = journal._keys.Select(entry => $"{(entry.Value ? Stored : Sending)} {entry.Key}\n");
        DurableFiles.Write(journal._path, Encoding.ASCII.GetBytes(string.Concat(left)));
        if (isOld)
        {
            journal.Doubt();
        }

        return journal;
    }

    /// <summary>
    /// So long was nothing heard from here that somebody may have taken the recorder for dead, and its pieces away: they count as
    /// stored no more, but are still to be cleaned up.
    /// </summary>
    public void Doubt()
    {
        lock (_lock)
        {
            _doubted.UnionWith(_keys.Keys);
        }
    }

    /// <summary>The pieces of a file that are known to be stored.</summary>
    public IReadOnlyList<TailPiece> PiecesOf(string file)
    {
        lock (_lock)
        {
            return
            [
                .. _keys
                    .Where(entry => entry.Value && !_doubted.Contains(entry.Key))
                    .Select(entry => TailPiece.Parse(entry.Key))
                    .OfType<TailPiece>()
                    .Where(piece => piece.File == file),
            ];
        }
    }

    /// <summary>How far a file is stored without a hole.</summary>
    public long LengthOf(string file) => TailPiece.Chain(PiecesOf(file)) is [.., var last] ? last.To : 0;

    /// <summary>A key is about to be stored under.</summary>
    public void Announce(string key) => Write(Sending, key);

    /// <summary>It is stored.</summary>
    public void Confirm(string key) => Write(Stored, key);

    /// <summary>It is deleted, or emptied.</summary>
    public void Forget(string key) => Write(Gone, key);

    private void Write(char mark, string key)
    {
        lock (_lock)
        {
            File.AppendAllText(_path, $"{mark} {key}\n");
            Apply(mark, key);
        }
    }

    private void Apply(char mark, string key)
    {
        if (mark == Gone)
        {
            _keys.Remove(key);
            _doubted.Remove(key);
        }
        else if (mark == Stored)
        {
            _keys[key] = true;
            _doubted.Remove(key);
        }
        else
        {
            _keys.TryAdd(key, false);
        }
    }
}
