using System.Text.Json;
using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Recording;

/// <summary>Finishes in a sink the sessions of machines that are gone, from what the sink itself holds.</summary>
/// <remarks>
/// Nothing that is stored is replaced but the manifest of a session that is not sealed, so two at once do no harm, and a
/// machine that comes back all the same loses nothing: see <see cref="LedgerSuccession"/>.
/// </remarks>
/// <param name="folder">Where sessions are rebuilt; made, and emptied afterwards.</param>
/// <param name="repair">Repairs them.</param>
/// <param name="isHere">Whether a session lies in this machine's own spool, which tells of more.</param>
/// <param name="trust">Refuses folders that others can change.</param>
/// <param name="time">The clock.</param>
/// <param name="loggers">Told of what fails.</param>
internal sealed partial class StorageRecovery(
    string folder, SessionRepair repair, Func<string, bool> isHere, TrustPolicy trust, TimeProvider time, ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger<StorageRecovery>();

    /// <summary>Recovers.</summary>
    /// <param name="sinkName">The sink's name in the configuration.</param>
    /// <param name="sink">The sink; to be read, listed and written.</param>
    /// <param name="prefix">What the sessions' prefixes begin with; empty for all.</param>
    /// <param name="sessionId">One session, or null for all.</param>
    /// <param name="olderThan">How old the last sign of life must be.</param>
    /// <param name="onDone">Told of each, as it is done.</param>
    /// <param name="cancellationToken">The deadline.</param>
    /// <returns>What became of those that are not sealed.</returns>
    /// <exception cref="StorageException">The sink could not be listed.</exception>
    public async Task<IReadOnlyList<StorageRecoveryResult>> RunAsync(
        string sinkName,
        IStorageSink sink,
        string prefix,
        string? sessionId,
        TimeSpan olderThan,
        Action<StorageRecoveryResult> onDone,
        CancellationToken cancellationToken)
    {
        RemoveLeftovers();
        var results = new List<StorageRecoveryResult>();
        foreach (var recording in await new RecordingCatalog(sink).FindUnsealedAsync(prefix, cancellationToken))
        {
            if (sessionId is null || recording.SessionId == sessionId)
            {
                var result = await TryRecoverAsync(sinkName, sink, recording, olderThan, cancellationToken);
                results.Add(result);
                onDone(result);
            }
        }

        return results;
    }

    private async Task<StorageRecoveryResult> TryRecoverAsync(
        string sinkName, IStorageSink sink, StoredRecording recording, TimeSpan olderThan, CancellationToken cancellationToken)
    {
        var result = new StorageRecoveryResult(recording.SessionId, recording.Prefix, sinkName, false, false, 0, 0, recording.LastSign, null);
        try
        {
            return WhyNot(recording, olderThan) is { } reason
                ? result with { IsSkipped = true, Reason = reason }
                : recording.Fault is { } fault ? result with { Reason = fault }
                : recording.Open is null ? result with { IsSkipped = true, Reason = "no ledger lies in its tail, so there is nothing to recover it from" }
                : RecordedPlace.FindFault(recording.Prefix, recording.Open.Document) is { } moved ? result with { Reason = moved }
                : await RecoverAsync(result, sink, cancellationToken);
        }
        catch (Exception e)
        {
            // One that cannot be recovered does not keep the others waiting.
            LogFailed(recording.Prefix, e);
            return result with { Reason = e.Message };
        }
    }

    private string? WhyNot(StoredRecording recording, TimeSpan olderThan) =>
        !SpoolRoot.IsId(recording.SessionId) ? "its id is none"
        : isHere(recording.SessionId) ? "it lies in this machine's spool, which tells of more: use `recover` without --from-storage"
        : recording.Fault is null && recording.Open is { } open && open.Document.Prefix != recording.Prefix
            && RecordedPlace.FindFault(recording.Prefix, open.Document) is null ? $"it belongs below {open.Document.Prefix}"
        : recording.LastSign is not { } sign ? "this storage does not tell when it last showed a sign of life"
        : time.GetUtcNow() - sign < olderThan ? $"it may still be recorded: its last sign of life was at {SessionTime.Format(sign)}"
        : null;

    private async Task<StorageRecoveryResult> RecoverAsync(
        StorageRecoveryResult result, IStorageSink sink, CancellationToken cancellationToken)
    {
        var stored = new Dictionary<string, StoredObject>(StringComparer.Ordinal);
        await foreach (var found in sink.ListAsync(result.Prefix, cancellationToken))
        {
            stored[found.Key[result.Prefix.Length..]] = found;
        }

        // In this order: who cleans a tail has stored the sealed manifest before, so a list from before that is whole.
        if (await IsSealedAsync(sink, result.Prefix, cancellationToken))
        {
            return result with { IsSkipped = true, Reason = "another has just recovered it" };
        }

        var tail = StoredTail.Of(result.Prefix, stored.Values);
        var open = await OpenAsync(sink, result.Prefix, tail, cancellationToken);

        // Of what the recorder sent alone: another recovery may have stored the rest.
        var lastSign = tail.Keys.Max(key => stored[key].ModifiedAt) ?? open.Account.LastAt;
        var place = Path.Combine(folder, Guid.NewGuid().ToString("N"));
        PrivateFolder.Create(place);
        using var held = SessionLock.TryTake(place);
        try
        {
            using var rebuilt = await RebuiltSession.CreateAsync(place, sink, open, stored, lastSign, trust, cancellationToken);
            return await FinishAsync(result, rebuilt, sink, tail, cancellationToken);
        }
        finally
        {
            SpoolFolder.Delete(place);
        }
    }

    private async Task<StorageRecoveryResult> FinishAsync(
        StorageRecoveryResult result, RebuiltSession rebuilt, IStorageSink sink, StoredTail tail, CancellationToken cancellationToken)
    {
        var spool = rebuilt.Spool;
        if (spool.Read(account => account.Seal) is null)
        {
            rebuilt.RecordLosses();
            var end = await repair.RunAsync(spool, continues: false, cancellationToken, rebuilt.MissingVideo);
            SessionSealer.Seal(spool, end, "recovered");
        }

        // Behind the seal, so not in what is stored: there the account is the same whoever made it.
        spool.Record(account => new Uploaded(result.Sink, SessionObjects.SessionKey, account.SessionSha256!));
        foreach (var segment in rebuilt.InStorage)
        {
            spool.Record(new Uploaded(result.Sink, segment.Key, segment.Sha256));
        }

        var journal = TailJournal.Open(spool.Directory, result.Sink);
        foreach (var key in rebuilt.HasUnreadable ? [] : tail.Keys)
        {
            journal.Confirm(key);
        }

        var sinks = new Dictionary<string, IStorageSink> { [result.Sink] = sink };
        await using var delivery = new Delivery(spool, sinks, time, loggers.CreateLogger<Delivery>());
        var delivered = await delivery.DrainAsync(cancellationToken);
        var error = delivery.Status[0].LastError;
        await delivery.DisposeAsync();
        var (segments, gaps) = spool.Read(account => (account.Segments.Count, account.Gaps.Count));
        return result with
        {
            IsDelivered = delivered,
            Segments = segments,
            Gaps = gaps,
            Reason = error
                ?? (rebuilt.HasUnreadable ? "a part of its tail is no video, so the tail was left where it is"
                : delivered && !delivery.IsClean ? "what lay in its tail could not be cleaned up yet"
                : null),
        };
    }

    /// <summary>
    /// By the tail's ledger; by the stored one where a recovery was interrupted before it stored its manifest. By the tail's all the
    /// same where the recorder lived on when it had been recovered, and died again.
    /// </summary>
    private static async Task<OpenSession> OpenAsync(
        IStorageSink sink, string prefix, StoredTail tail, CancellationToken cancellationToken)
    {
        if (await StoredObjects.ReadAsync(sink, prefix + StoredObjects.Ledger, cancellationToken) is { } ledger
            && await StoredObjects.ReadAsync(sink, prefix + StoredObjects.Session, cancellationToken) is { } session)
        {
            return await OpenSession.ReadAsync(sink, prefix, tail, cancellationToken) is { } live && LedgerSuccession.GoesOnFrom(ledger, live.Ledger)
                ? live
                : OpenSession.Of(session, ledger, tail);
        }

        return await OpenSession.ReadAsync(sink, prefix, tail, cancellationToken)
            ?? throw new CatalogException("its tail was taken back meanwhile", "run recover again");
    }

    private static async Task<bool> IsSealedAsync(IStorageSink sink, string prefix, CancellationToken cancellationToken)
    {
        try
        {
            return await StoredObjects.ReadAsync(sink, prefix + StoredObjects.Manifest, cancellationToken) is { } manifest
                && ManifestJson.Parse(manifest).State != SessionAccount.Recording;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>What a recovery that was killed left; nothing in it is not in storage too.</summary>
    private void RemoveLeftovers()
    {
        PrivateFolder.Create(folder);
        foreach (var left in Directory.EnumerateDirectories(folder))
        {
            using var held = SessionLock.TryTake(left);
            if (held is not null)
            {
                SpoolFolder.Delete(left);
            }
        }
    }

    [LoggerMessage(EventId = 355, Level = LogLevel.Error, Message = "The session below {Prefix} could not be recovered from storage")]
    private partial void LogFailed(string prefix, Exception exception);
}

/// <summary>What became of a session that was not sealed in storage.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="Prefix">Its prefix.</param>
/// <param name="Sink">The sink.</param>
/// <param name="IsDelivered">Whether it is sealed there now.</param>
/// <param name="IsSkipped">Whether it was left as it is, on purpose.</param>
/// <param name="Segments">Its segments.</param>
/// <param name="Gaps">Its gaps.</param>
/// <param name="LastSign">Its last sign of life, by the store's clock.</param>
/// <param name="Reason">Why it was left, or what is in the way; or null.</param>
internal sealed record StorageRecoveryResult(
    string SessionId,
    string Prefix,
    string Sink,
    bool IsDelivered,
    bool IsSkipped,
    int Segments,
    int Gaps,
    DateTimeOffset? LastSign,
    string? Reason);
