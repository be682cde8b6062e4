using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Catalog;

/// <summary>Bytes of a growing file that are not there, though a piece in storage shows that they were.</summary>
/// <param name="File">The file's name.</param>
/// <param name="From">The first byte that is missing.</param>
/// <param name="To">The byte behind the last one that is missing.</param>
/// <param name="Behind">How many bytes are there behind it, of no use without it.</param>
internal sealed record TailHole(string File, long From, long To, long Behind)
{
    /// <summary>In plain words.</summary>
    public string Description => To == 0
        ? "all of it is missing: it was sent before a later file of its capture, which is there"
        : $"bytes {From} to {To} are missing: their pieces were deleted, emptied or changed"
        + (Behind > 0 ? $", and the {Behind} bytes behind them are of no use" : "");

    /// <summary>A file of which nothing is there, so that nobody can tell how long it was.</summary>
    public static TailHole OfAll(string file) => new(file, 0, 0, 0);

    /// <summary>Finds the first one of a file.</summary>
    /// <param name="file">The file's name.</param>
    /// <param name="named">Its pieces by their names, also those that do not hold what their names tell.</param>
    /// <param name="whole">Those that do.</param>
    /// <returns>The hole; null where every byte that a name tells of is there.</returns>
    public static TailHole? Of(string file, IReadOnlyList<TailPiece> named, IReadOnlyList<TailPiece> whole)
    {
        var chain = TailPiece.Chain(whole);
        var reached = chain.Count > 0 ? chain[^1].To : 0;
        var end = named.Max(piece => piece.To);
        if (end <= reached)
        {
            return null;
        }

        TailPiece[] behind = [.. whole.Where(piece => piece.From > reached)];
        return behind.Length == 0
            ? new TailHole(file, reached, end, 0)
            : new TailHole(file, reached, behind.Min(piece => piece.From), TotalOf(behind));
    }

    /// <summary>After a restart they may overlap.</summary>
    private static long TotalOf(IEnumerable<TailPiece> pieces)
    {
        var (total, reached) = (0L, 0L);
        foreach (var piece in pieces.OrderBy(piece => piece.From))
        {
            total += Math.Max(0, piece.To - Math.Max(piece.From, reached));
            reached = Math.Max(reached, piece.To);
        }

        return total;
    }
}
