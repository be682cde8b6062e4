using System.Runtime.CompilerServices;
using System.Text.Json;
using SessionRecorder.Host.Logging;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Catalog;

/// <summary>The recordings that a sink holds.</summary>
/// <remarks>Thread-safe. All members throw <see cref="StorageException"/> where the sink cannot be asked.</remarks>
internal sealed class RecordingCatalog(IStorageSink sink)
{
    /// <summary>The recordings below a prefix, by the time of their start.</summary>
    /// <param name="prefix">The prefix, empty for all.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    public async Task<IReadOnlyList<RecordingSummary>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        var summaries = new List<RecordingSummary>();
        await foreach (var found in FindAllAsync(prefix, cancellationToken))
        {
            summaries.Add(RecordingSummary.Of(await OpenAsync(found, cancellationToken), DateTimeOffset.UtcNow));
        }

        return [.. summaries.OrderBy(summary => summary.StartedAt).ThenBy(summary => summary.Prefix, StringComparer.Ordinal)];
    }

    /// <summary>The recordings below a prefix that are not sealed.</summary>
    /// <param name="prefix">The prefix, empty for all.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    public async Task<IReadOnlyList<StoredRecording>> FindUnsealedAsync(string prefix, CancellationToken cancellationToken)
    {
        var recordings = new List<StoredRecording>();
        await foreach (var found in FindAllAsync(prefix, cancellationToken))
        {
            // Also one that is unreadable: it is said why it cannot be recovered.
            if (await OpenAsync(found, cancellationToken) is { State: SessionAccount.Recording or StoredRecording.Unreadable } recording)
            {
                recordings.Add(recording);
            }
        }

        return recordings;
    }

    /// <summary>Finds a recording.</summary>
    /// <param name="idOrPrefix">A session's id, or a prefix as <see cref="RecordingSummary.Prefix"/> gives it.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The recording; null when there is none.</returns>
    /// <exception cref="CatalogException">Several recordings have this id.</exception>
    public async Task<StoredRecording?> FindAsync(string idOrPrefix, CancellationToken cancellationToken)
    {
        var isPrefix = idOrPrefix.Contains('/', StringComparison.Ordinal);
        var prefix = isPrefix ? idOrPrefix.Trim('/') + "/" : "";
        var matches = new List<Found>();
        await foreach (var found in FindAllAsync(prefix, cancellationToken))
        {
            if (isPrefix ? found.Prefix == prefix : await HasIdAsync(found, idOrPrefix, cancellationToken))
            {
                matches.Add(found);
            }
        }

        return matches switch
        {
            [] => null,
            [var only] => await OpenAsync(only, cancellationToken),
            _ => throw new CatalogException(
                $"{matches.Count} recordings have the id '{idOrPrefix}': {string.Join(", ", matches.Select(match => match.Prefix))}",
                "give one of these prefixes instead of the id"),
        };
    }

    // The prefix ends with the id, so nothing has to be read; but a recording may lie at the very top of its folder.
    private async Task<bool> HasIdAsync(Found found, string id, CancellationToken cancellationToken) =>
        found.Prefix.Length == 0
            ? (await OpenAsync(found, cancellationToken)).SessionId == id
            : found.Prefix == id + "/" || found.Prefix.EndsWith($"/{id}/", StringComparison.Ordinal);

    private async Task<StoredRecording> OpenAsync(Found found, CancellationToken cancellationToken)
    {
        if (!found.IsRecording && found.Sample.Count == 0)
        {
            return new StoredRecording
            {
                Prefix = found.Prefix,
                Bytes = found.Bytes,
                LastSign = found.LastSign,
                Fault = $"segments lie here, and neither {StoredObjects.Session} nor {StoredObjects.Manifest} says what they belong to",
            };
        }

        if (!found.IsRecording)
        {
            var sample = await SampleRecording.ReadAsync(sink, found.Sample, cancellationToken);
            return new StoredRecording { Prefix = found.Prefix, Bytes = found.Bytes, LastSign = found.LastSign, Sample = sample };
        }

        var recording = await OpenDocumentsAsync(found, cancellationToken);
        if (recording.State != SessionAccount.Recording || found.Tail.Count == 0)
        {
            return recording;
        }

        try
        {
            var tail = StoredTail.Of(found.Prefix, found.Tail);
            if (tail.LedgerHole is { } hole)
            {
                return recording with { Fault = $"the ledger's pieces in its tail have a hole: {hole.Description}" };
            }

            if (await OpenSession.ReadAsync(sink, found.Prefix, tail, cancellationToken) is not { } open)
            {
                return recording;
            }

            return recording.Manifest is null || OpenManifestCheck.Compare(open, recording.Manifest).Faults.Count == 0
                ? recording with { Open = open, Manifest = open.Manifest }
                : recording with { Fault = $"{StoredObjects.Manifest} does not fit the ledger in its tail: {string.Join("; ", OpenManifestCheck.Compare(open, recording.Manifest).Faults)}" };
        }
        catch (Exception e) when (e is JsonException or LedgerException or StorageException { Failure: StorageFailure.NoSuchObject or StorageFailure.Corrupted })
        {
            return recording with { Fault = e.Message };
        }
    }

    private async Task<StoredRecording> OpenDocumentsAsync(Found found, CancellationToken cancellationToken)
    {
        var recording = new StoredRecording
        {
            Prefix = found.Prefix, Bytes = found.Bytes, LastSign = found.LastSign, LogPieces = found.LogPieces,
        };
        try
        {
            if (await StoredObjects.ReadAsync(sink, found.Prefix + StoredObjects.Manifest, cancellationToken) is { } manifest)
            {
                return recording with { Manifest = ManifestJson.Parse(manifest) };
            }
        }
        catch (JsonException e)
        {
            recording = recording with { Fault = $"{StoredObjects.Manifest} is not readable: {e.Message}" };
        }

        try
        {
            var session = await StoredObjects.ReadAsync(sink, found.Prefix + StoredObjects.Session, cancellationToken);
            return recording with { Session = session is null ? null : SessionJson.Parse(session) };
        }
        catch (JsonException e)
        {
            var fault = $"{StoredObjects.Session} is not readable: {e.Message}";
            return recording with { Fault = recording.Fault is null ? fault : $"{recording.Fault}; {fault}" };
        }
    }

    private async IAsyncEnumerable<Found> FindAllAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The listing is ordered, so the objects of a recording follow one another.
        Found? current = null;
        await foreach (var stored in sink.ListAsync(prefix, cancellationToken))
        {
            var belongs = StoredObjects.PrefixOf(stored.Key);
            if (current?.Prefix != belongs)
            {
                if (current is { IsOne: true })
                {
                    yield return current;
                }

                current = new Found(belongs);
            }

            current.Bytes += stored.Length;
            current.LastSign = stored.ModifiedAt is { } at && !(at <= current.LastSign) ? at : current.LastSign;
            if (stored.Key.AsSpan(belongs.Length).StartsWith(TailPiece.Folder))
            {
                current.Tail.Add(stored);
            }

            if (LogPiece.IndexOf(stored.Key.AsSpan(belongs.Length)) is not null)
            {
                current.LogPieces++;
            }

            if (SampleRecording.IsName(stored.Key[belongs.Length..]))
            {
                current.Sample.Add(stored);
            }

            current.HasSegments |= SegmentName.IndexOf(stored.Key[belongs.Length..]) is not null;
            current.IsRecording |= stored.Key[belongs.Length..] is StoredObjects.Session or StoredObjects.Manifest;
        }

        if (current is { IsOne: true })
        {
            yield return current;
        }
    }

    private sealed class Found(string prefix)
    {
        public string Prefix => prefix;

        public long Bytes { get; set; }

        public DateTimeOffset? LastSign { get; set; }

        public List<StoredObject> Tail { get; } = [];

        /// <summary>What AWS's sample stored there.</summary>
        public List<StoredObject> Sample { get; } = [];

        public int LogPieces { get; set; }

        public bool IsRecording { get; set; }

        /// <summary>Segments show that there was one, also where all that described it was taken away.</summary>
        public bool HasSegments { get; set; }

        public bool IsOne => IsRecording || HasSegments || Sample.Count > 0;
    }
}
