using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Upload;

/// <summary>Whether a recorder's own account may take the place of one that a recovery from storage has made of it.</summary>
/// <remarks>
/// A machine that was taken for gone may come back with its spool. Its ledger goes on where the tail in storage ended, so it
/// tells of more; but a machine that was put back to an earlier state tells of less, and is refused. What was made from storage
/// replaces only what another recovery made of a shorter tail: the machine lived on then, and died again.
/// </remarks>
internal static class LedgerSuccession
{
    /// <summary>Looks at the stored ledger.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="key">The ledger's whole key.</param>
    /// <param name="spool">The sealed session.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>True when it tells of nothing that the spool's own does not tell of; false also when it may not be read.</returns>
    /// <exception cref="StorageException">The sink could not be asked for now.</exception>
    public static async Task<bool> MayReplaceAsync(
        IStorageSink sink, string key, SpoolSession spool, CancellationToken cancellationToken)
    {
        try
        {
            return await StoredObjects.ReadAsync(sink, key, cancellationToken) is not { } bytes
                || ((spool.RebuiltFrom is not { } length || GoesOnFrom(bytes, ReadOwn(spool, length))) && IsPredecessor(bytes, spool));
        }
        catch (StorageException e) when (!e.IsTransient)
        {
            return false;
        }
    }

    /// <summary>Whether a recorder's lines go on where a recovery from storage knew of no more.</summary>
    /// <param name="recovered">The ledger that the recovery made: the lines that it found, and its own behind them.</param>
    /// <param name="lines">The recorder's lines; whole ones.</param>
    public static bool GoesOnFrom(ReadOnlySpan<byte> recovered, ReadOnlySpan<byte> lines) => !recovered.StartsWith(lines);

    private static byte[] ReadOwn(SpoolSession spool, long length)
    {
        using var file = new FileStream(spool.Ledger.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[Math.Min(length, file.Length)];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static bool IsPredecessor(byte[] ledger, SpoolSession spool)
    {
        var stored = new SessionAccount();
        try
        {
            LedgerReader.Scan(new MemoryStream(ledger), SessionObjects.LedgerKey, line => stored.Apply(line.Fact, line.At));
        }
        catch (LedgerException)
        {
            return false;
        }

        return spool.Read(own =>
        {
            var known = own.Segments.Select(segment => (segment.Key, segment.Sha256)).ToHashSet();

            // What the tail held of a segment that was lost stands behind all others, under a number that it had not here.
            var end = own.NextSegment + stored.LostSegments.Count;
            return stored.Opened == own.Opened
                && stored.Seal is { State: "recovered" }
                && stored.LostSegments.All(index => index < own.NextSegment)
                && stored.Segments.All(s => known.Contains((s.Key, s.Sha256)) || SegmentName.IndexOfTail(s.Key) < end);
        });
    }
}
