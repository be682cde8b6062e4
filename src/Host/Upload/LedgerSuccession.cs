using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Upload;

/// <summary>Whether a recorder's own account may take the place of one that a recovery from storage has made of it.</summary>
/// <remarks>
/// A machine that was taken for gone may come back with its spool. Its ledger goes on where the tail in storage ended, so it
/// tells of more; but a machine that was put back to an earlier state tells of less, and is refused. Never the other way
/// round: what was made from storage replaces nothing.
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
        if (spool.IsFromStorage)
        {
            return false;
        }

        try
        {
            return await StoredObjects.ReadAsync(sink, key, cancellationToken) is not { } bytes || IsPredecessor(bytes, spool);
        }
        catch (StorageException e) when (!e.IsTransient)
        {
            return false;
        }
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
