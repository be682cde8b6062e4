using System.Buffers;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Catalog;

/// <summary>The pieces of a session's growing files, as they lie in storage.</summary>
internal sealed class StoredTail
{
    private readonly string _prefix;
    private readonly Dictionary<string, IReadOnlyList<TailPiece>> _files;

    private StoredTail(
        string prefix, Dictionary<string, IReadOnlyList<TailPiece>> files, IReadOnlyList<string> keys, IReadOnlyList<TailHole> holes) =>
        (_prefix, _files, Keys, Holes) = (prefix, files, keys, holes);

    /// <summary>Every key of the tail, below the session's prefix; emptied pieces are among them.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>
    /// The files of which bytes are missing before bytes that are or were there. A file that is stored whole may have been
    /// taken back meanwhile: see <see cref="OpenSession.Holes"/>.
    /// </summary>
    public IReadOnlyList<TailHole> Holes { get; }

    /// <summary>What of the ledger is missing; null when nothing is, or all of it is.</summary>
    public TailHole? LedgerHole => Holes.FirstOrDefault(hole => hole.File == StoredObjects.Ledger);

    /// <summary>The video files of which something is there, in the order of their names, which is that of time.</summary>
    public IEnumerable<string> VideoFiles =>
        _files.Keys.Where(file => file != StoredObjects.Ledger).Order(StringComparer.Ordinal);

    /// <summary>Whether the ledger is there from its start on.</summary>
    public bool HasLedger => _files.ContainsKey(StoredObjects.Ledger);

    /// <summary>Finds the pieces among a session's objects. Without those that were emptied, for want of the right to delete.</summary>
    /// <param name="prefix">The session's prefix.</param>
    /// <param name="stored">What is stored below it.</param>
    public static StoredTail Of(string prefix, IEnumerable<StoredObject> stored)
    {
        var found = stored
            .Where(o => o.Key.StartsWith(prefix + TailPiece.Folder, StringComparison.Ordinal))
            .Select(o => (Key: o.Key[prefix.Length..], o.Length))
            .ToArray();
        var named = found
            .Select(o => (Piece: TailPiece.Parse(o.Key), o.Length))
            .Where(o => o.Piece is not null)
            .Select(o => (Piece: o.Piece!.Value, IsWhole: o.Piece.Value.Length == o.Length))
            .GroupBy(o => o.Piece.File, StringComparer.Ordinal)
            .Select(group => (
                File: group.Key,
                Named: group.Select(o => o.Piece).ToArray(),
                Whole: group.Where(o => o.IsWhole).Select(o => o.Piece).ToArray()))
            .ToArray();
        var files = named
            .Select(file => (file.File, Chain: TailPiece.Chain(file.Whole)))
            .Where(file => file.Chain.Count > 0)
            .ToDictionary(file => file.File, file => file.Chain, StringComparer.Ordinal);
        var holes = named.Select(file => TailHole.Of(file.File, file.Named, file.Whole)).OfType<TailHole>();
        return new StoredTail(prefix, files, [.. found.Select(o => o.Key)], [.. holes.OrderBy(hole => hole.File, StringComparer.Ordinal)]);
    }

    /// <summary>How many bytes of a file are there from its first one on.</summary>
    public long LengthOf(string file) => _files.TryGetValue(file, out var chain) ? chain[^1].To : 0;

    /// <summary>The last piece's key, whole, of a file that is there.</summary>
    public string LastKeyOf(string file) => _prefix + _files[file][^1].Key;

    /// <summary>Writes a file's bytes, as far as they are there.</summary>
    /// <exception cref="StorageException">
    /// The sink could not be asked; <see cref="StorageFailure.Corrupted"/>, permanent, when a piece is not as it was listed:
    /// damaged, or taken back meanwhile.
    /// </exception>
    public async Task CopyAsync(IStorageSink sink, string file, Stream to, CancellationToken cancellationToken)
    {
        var written = 0L;
        foreach (var piece in _files.GetValueOrDefault(file) ?? [])
        {
            var key = _prefix + piece.Key;
            await using var stream = await sink.OpenReadAsync(key, cancellationToken);
            var length = await CopyAsync(stream, to, skip: written - piece.From, cancellationToken);
            if (length != piece.Length)
            {
                throw new StorageException(
                    $"{key} holds {length} bytes and not the {piece.Length} that its name tells",
                    StorageFailure.Corrupted,
                    isTransient: false,
                    key);
            }

            written = piece.To;
        }
    }

    /// <summary>The ledger's bytes, as far as they are there.</summary>
    /// <inheritdoc cref="CopyAsync(IStorageSink, string, Stream, CancellationToken)"/>
    public async Task<byte[]> ReadLedgerAsync(IStorageSink sink, CancellationToken cancellationToken)
    {
        var bytes = new MemoryStream();
        await CopyAsync(sink, StoredObjects.Ledger, bytes, cancellationToken);
        return bytes.ToArray();
    }

    /// <returns>How long the piece is.</returns>
    private static async Task<long> CopyAsync(Stream from, Stream to, long skip, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            var length = 0L;
            while (await from.ReadAsync(buffer, cancellationToken) is var read and > 0)
            {
                var start = (int)Math.Clamp(skip - length, 0, read);
                await to.WriteAsync(buffer.AsMemory(start, read - start), cancellationToken);
                length += read;
            }

            return length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
