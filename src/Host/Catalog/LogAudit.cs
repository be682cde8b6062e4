using SessionRecorder.Host.Logging;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Catalog;

/// <summary>Compares a session's log with what the ledger tells of it.</summary>
/// <remarks>
/// The log is no part of the recording: what was stored of it before the session was sealed has its hash in the ledger, the
/// rest is behind the seal, and a piece that is gone may have been removed by its own retention.
/// </remarks>
internal static class LogAudit
{
    /// <summary>Whether a key is of the log, and so not too many.</summary>
    /// <param name="key">The key below the session's prefix.</param>
    public static bool IsPiece(string key) => LogPiece.IndexOf(key) is not null;

    /// <summary>Reads the pieces of which the ledger tells, and tells of those that are others now.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="prefix">The session's prefix.</param>
    /// <param name="stored">What is stored there, by whole key.</param>
    /// <param name="account">The account.</param>
    /// <param name="faults">Where to tell what is wrong.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="StorageException">The sink could not be asked.</exception>
    public static async Task CheckAsync(
        IStorageSink sink,
        string prefix,
        IReadOnlyDictionary<string, StoredObject> stored,
        SessionAccount account,
        List<VerifyFault> faults,
        CancellationToken cancellationToken)
    {
        foreach (var key in account.Delivery.Keys.Where(IsPiece).Where(key => stored.ContainsKey(prefix + key)).Order(StringComparer.Ordinal))
        {
            if (await StoredObjects.ReadAsync(sink, prefix + key, cancellationToken) is { } bytes
                && account.Delivery.IsDenied(key, LedgerLine.HashOf(bytes)))
            {
                faults.Add(new VerifyFault(key, "changed: its SHA-256 is not the one with which the ledger says that it was stored"));
            }
        }
    }
}
