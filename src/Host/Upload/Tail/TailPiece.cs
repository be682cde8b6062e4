using System.Globalization;

namespace SessionRecorder.Host.Upload;

/// <summary>A stretch of a file that still grows, as its own small object: <c>tail/{file}@{from:D12}-{to:D12}.part</c>.</summary>
/// <remarks>
/// The name says which bytes it holds, so the same bytes always have the same key, the ordinal order of keys is that of the
/// file, and a piece that was emptied because it could not be deleted shows by its length.
/// </remarks>
/// <param name="File">The file's name: a capture file's in the spool's open folder, or <see cref="SessionObjects.LedgerKey"/>.</param>
/// <param name="From">The first byte's offset.</param>
/// <param name="To">The offset behind the last byte.</param>
internal readonly record struct TailPiece(string File, long From, long To)
{
    /// <summary>The folder of the pieces, below the session's prefix. It has no folders in it.</summary>
    public const string Folder = "tail/";

    /// <summary>The object that a recorder without news stores again and again, so that it is not taken for dead.</summary>
    public const string SignOfLife = Folder + "alive";

    private const string Extension = ".part";

    /// <summary>How many bytes it holds.</summary>
    public long Length => To - From;

    /// <summary>The key below the session's prefix.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Folder}{File}@{From:D12}-{To:D12}{Extension}");

    /// <summary>Reads a key below the session's prefix; null when it is no piece's.</summary>
    public static TailPiece? Parse(string key)
    {
        var at = key.LastIndexOf('@');
        var dash = key.LastIndexOf('-');
        return key.StartsWith(Folder, StringComparison.Ordinal)
            && key.EndsWith(Extension, StringComparison.Ordinal)
            && at > Folder.Length
            && dash > at
            && IsFileName(key[Folder.Length..at])
            && TryParse(key.AsSpan(at + 1, dash - at - 1), out var from)
            && TryParse(key.AsSpan(dash + 1, key.Length - dash - 1 - Extension.Length), out var to)
            && to > from
            ? new TailPiece(key[Folder.Length..at], from, to)
            : null;
    }

    /// <summary>Pieces that together hold a file from its first byte on, as far as that goes, in order.</summary>
    /// <param name="pieces">The pieces of one file; they may overlap, after a restart.</param>
    public static IReadOnlyList<TailPiece> Chain(IEnumerable<TailPiece> pieces)
    {
        var chain = new List<TailPiece>();
        var reached = 0L;
        TailPiece? best = null;
        foreach (var piece in pieces.OrderBy(piece => piece.From).ThenBy(piece => piece.To))
        {
            if (piece.From > reached)
            {
                Take();
            }

            if (piece.From > reached)
            {
                break;
            }

            best = piece.To > (best?.To ?? reached) ? piece : best;
        }

        Take();
        return chain;

        void Take()
        {
            if (best is { } taken)
            {
                chain.Add(taken);
                (reached, best) = (taken.To, null);
            }
        }
    }

    // What storage says becomes a file's name when a session is rebuilt.
    private static bool IsFileName(string name) =>
        StorageKey.IsValid(name) && !name.Contains('/', StringComparison.Ordinal) && name[0] != '.';

    private static bool TryParse(ReadOnlySpan<char> digits, out long number) =>
        long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
