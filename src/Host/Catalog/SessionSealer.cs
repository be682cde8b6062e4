using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Catalog;

/// <summary>What a sealed session's last two objects hold.</summary>
/// <param name="Manifest">manifest.json.</param>
/// <param name="ManifestSha256">The hash of these bytes (not the one in the ledger, which was taken without ledgerHash).</param>
/// <param name="LedgerLength">The length of ledger.jsonl as it is stored; <see cref="Ledger.OpenSealed"/> reads it.</param>
/// <param name="LedgerSha256">The hash of these bytes.</param>
/// <param name="LedgerHash">The hash of the ledger's closing line, which the manifest holds.</param>
internal sealed record SealedSession(
    byte[] Manifest, string ManifestSha256, long LedgerLength, string LedgerSha256, string LedgerHash);

/// <summary>Closes a session's account, so that manifest and ledger vouch for each other.</summary>
/// <remarks>
/// The manifest holds the hash of the ledger's closing line, and that line holds the manifest's. So the line is made
/// with the hash of a manifest whose <c>ledgerHash</c> is 64 zeros, and then the line's own hash takes their place.
/// </remarks>
internal static class SessionSealer
{
    /// <summary>Closes the account. Idempotent: a sealed session is left as it is, and the same bytes are made again.</summary>
    /// <param name="session">The session, with nothing more to record. Close its open gaps first.</param>
    /// <param name="endedAt">The session's end, session time.</param>
    /// <param name="state"><c>complete</c> or <c>recovered</c>.</param>
    /// <returns>What is to be stored.</returns>
    /// <exception cref="SpoolException">
    /// Lines of the ledger could not be written (transient: call again), or what is sealed cannot be made again.
    /// </exception>
    public static SealedSession Seal(SpoolSession session, DateTimeOffset endedAt, string state)
    {
        RequireWritten(session);
        if (session.Read(account => account.Seal) is null)
        {
            // What has not arrived by now comes no more: the account closes with what is known.
            session.Describe(session.Document);
            session.Record(account =>
            {
                var end = SessionTime.Normalize(endedAt);
                var manifest = ManifestBuilder.Build(session.Document, account, end, state, LedgerLine.NoHash);
                return new SessionSealed(end, state, LedgerLine.HashOf(ManifestJson.Serialize(manifest)));
            });
        }

        return Derive(session);
    }

    /// <summary>Makes a sealed session's last objects again, from its ledger: after a crash before their upload, say.</summary>
    /// <param name="session">A sealed session.</param>
    /// <returns>The same bytes as when it was sealed.</returns>
    /// <exception cref="InvalidOperationException">The session is not sealed.</exception>
    /// <exception cref="SpoolException">Lines could not be written, or session.json or the program changed meanwhile.</exception>
    public static SealedSession Derive(SpoolSession session)
    {
        RequireWritten(session);
        var seal = session.Ledger.Seal ?? throw new InvalidOperationException($"The session {session.Id} is not sealed.");
        var (zeroed, sealedHash) = session.Read(account => (
            ManifestJson.Serialize(ManifestBuilder.Build(session.Document, account, LedgerLine.NoHash)),
            account.Seal!.ManifestSha256));
        if (LedgerLine.HashOf(zeroed) != sealedHash)
        {
            throw new SpoolException(
                $"the manifest of {session.Directory} cannot be made again as it was sealed",
                isTransient: false,
                "session.json was changed, or another version of this program sealed it: use that one to deliver it");
        }

        var manifest = ManifestJson.WithLedgerHash(zeroed, seal.Hash)!;
        using var ledger = session.Ledger.OpenSealed();
        var ledgerSha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(ledger));
        return new SealedSession(manifest, LedgerLine.HashOf(manifest), seal.Length, ledgerSha256, seal.Hash);
    }

    private static void RequireWritten(SpoolSession session)
    {
        if (!session.Ledger.TryFlushPending())
        {
            throw new SpoolException(
                $"the ledger of {session.Directory} could not be written: {session.Ledger.PendingFailure?.Message}",
                isTransient: true,
                "make room on the disk",
                session.Ledger.PendingFailure);
        }
    }
}
