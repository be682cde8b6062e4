using System.Text.Json;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Catalog;

/// <summary>Proves that a stored recording is whole and unchanged, or says what is wrong with it.</summary>
/// <remarks>
/// Ledger, manifest and segments vouch for one another (docs/manifest.md), so a change to any of them shows. Who can
/// rewrite all of them can forge a recording: against that the store has to keep versions or lock objects.
/// </remarks>
internal sealed class SessionVerifier
{
    private readonly IStorageSink _sink;
    private readonly string _prefix;
    private readonly IProgress<VerifyProgress>? _progress;
    private readonly List<VerifyFault> _faults = [];
    private readonly List<VerifyFault> _remarks = [];
    private readonly Dictionary<string, StoredObject> _stored = new(StringComparer.Ordinal);

    private SessionVerifier(IStorageSink sink, string prefix, IProgress<VerifyProgress>? progress) =>
        (_sink, _prefix, _progress) = (sink, prefix, progress);

    /// <summary>Reads all of a recording.</summary>
    /// <param name="sink">Where it is stored.</param>
    /// <param name="prefix">Its prefix, with a slash at the end; empty for one at the very top.</param>
    /// <param name="progress">Told before each segment, or null.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="StorageException">The sink could not be asked.</exception>
    public static Task<VerifyReport> VerifyAsync(
        IStorageSink sink, string prefix, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken) =>
        new SessionVerifier(sink, prefix, progress).RunAsync(cancellationToken);

    private async Task<VerifyReport> RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var stored in _sink.ListAsync(_prefix, cancellationToken))
        {
            _stored[stored.Key] = stored;
        }

        var manifestBytes = await ReadAsync(StoredObjects.Manifest, cancellationToken);
        var sessionBytes = await ReadAsync(StoredObjects.Session, cancellationToken);
        var ledgerBytes = await ReadAsync(StoredObjects.Ledger, cancellationToken);
        var manifest = manifestBytes is null ? null : Parse(StoredObjects.Manifest, manifestBytes, bytes => ManifestJson.Parse(bytes));
        var session = sessionBytes is null ? null : Parse(StoredObjects.Session, sessionBytes, bytes => SessionJson.Parse(bytes));
        if (session is not null && RecordedPlace.FindFault(_prefix, session) is { } moved)
        {
            Tell(StoredObjects.Session, moved);
        }

        if (ledgerBytes is null
            && manifest is null or { State: SessionAccount.Recording }
            && await VerifyOpenAsync(manifest, cancellationToken) is { } report)
        {
            return report;
        }

        CheckPresence(manifestBytes, sessionBytes, ledgerBytes, manifest);

        var ledger = ledgerBytes is null ? null : LedgerAudit.Read(ledgerBytes, _faults);
        CheckSessionHash(sessionBytes, ledger);
        if (manifest is not null && ledger is { IsWhole: true })
        {
            CheckSeal(manifest, manifestBytes!, session, ledger);
        }

        var segments = ledger is { IsWhole: true }
            ? ManifestBuilder.Segments(ledger.Account)
            : manifest?.Segments ?? (ledger is null ? [] : ManifestBuilder.Segments(ledger.Account));
        var audit = new SegmentAudit(_sink, _prefix, manifest is not { State: SessionAccount.Recording }, _progress, ledger?.Account.Delivery);
        await audit.CheckAsync(segments, _stored, _faults, cancellationToken);
        CheckExtra(segments, isFinal: ledger is { IsWhole: true } || manifest is { State: not SessionAccount.Recording });
        CheckLost(ledger?.Account);
        CheckIndices(segments, ledger?.Account.LostSegments ?? []);
        _faults.AddRange(SegmentOrder.FindFaults(ledger?.Account.Segments ?? [], manifest));
        CheckCoverage(manifest);
        return new VerifyReport(
            _prefix,
            manifest?.SessionId ?? session?.SessionId,
            manifest?.State,
            audit.Segments,
            audit.Bytes,
            manifest?.Gaps.Count ?? 0,
            ledger?.Scan.Lines ?? 0,
            _faults)
        {
            Remarks = _remarks,
        };
    }

    /// <summary>A session that is not sealed, by the ledger in its tail; null where there is none.</summary>
    private async Task<VerifyReport?> VerifyOpenAsync(Manifest? manifest, CancellationToken cancellationToken)
    {
        try
        {
            var tail = StoredTail.Of(_prefix, _stored.Values);
            if (tail.LedgerHole is { } hole)
            {
                Tell(StoredObjects.Ledger, $"its pieces in {TailPiece.Folder} have a hole: {hole.Description}");
            }

            if (await OpenSession.ReadAsync(_sink, _prefix, tail, cancellationToken) is not { } session)
            {
                return null;
            }

            var report = await new OpenSessionVerifier(_sink, _prefix, _progress).VerifyAsync(session, _stored, manifest, cancellationToken);
            return report with { Faults = [.. _faults, .. report.Faults] };
        }
        catch (LedgerException e)
        {
            Tell(StoredObjects.Ledger, $"the chain of its pieces in {TailPiece.Folder} breaks at line {e.Line}: {e.Reason}");
        }
        catch (StorageException e) when (e.Failure is StorageFailure.NoSuchObject or StorageFailure.Corrupted)
        {
            Tell(TailPiece.Folder, $"{e.Message}; if the session has just ended, verify again");
        }
        catch (JsonException)
        {
            // Told of already.
        }

        return null;
    }

    private async Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken) =>
        _stored.ContainsKey(_prefix + name) ? await StoredObjects.ReadAsync(_sink, _prefix + name, cancellationToken) : null;

    private T? Parse<T>(string name, byte[] bytes, Func<byte[], T> parse)
        where T : class
    {
        try
        {
            return parse(bytes);
        }
        catch (JsonException e)
        {
            Tell(name, $"not readable: {e.Message}");
            return null;
        }
    }

    private void CheckPresence(byte[]? manifestBytes, byte[]? sessionBytes, byte[]? ledgerBytes, Manifest? manifest)
    {
        if (manifestBytes is null)
        {
            Tell(StoredObjects.Manifest, "missing: nothing says what the recording consists of");
        }

        if (sessionBytes is null)
        {
            Tell(StoredObjects.Session, "missing: nothing says who was recorded");
        }

        if (manifest is { State: SessionAccount.Recording })
        {
            // The ledger is stored when the session is sealed: that it is missing is the same fault.
            Tell(
                StoredObjects.Manifest,
                "not sealed: the session is still being recorded, was interrupted, or not all of it has been delivered yet");
        }
        else if (ledgerBytes is null)
        {
            Tell(StoredObjects.Ledger, "missing: nothing vouches for the manifest");
        }
    }

    private void CheckSessionHash(byte[]? sessionBytes, LedgerAudit? ledger)
    {
        if (sessionBytes is not null
            && ledger?.Account.SessionSha256 is { } sha256
            && LedgerLine.HashOf(sessionBytes) != sha256)
        {
            Tell(StoredObjects.Session, "changed: its SHA-256 is not the one in the ledger");
        }
    }

    private void CheckSeal(Manifest manifest, byte[] bytes, SessionDocument? session, LedgerAudit ledger)
    {
        var (seal, line) = (ledger.Account.Seal!, ledger.Scan.Seal!.Value);
        if (manifest.LedgerHash != line.Hash)
        {
            Tell(
                StoredObjects.Manifest,
                $"its ledgerHash is not the hash of the last line of {StoredObjects.Ledger}: one of the two was changed");
        }

        var zeroed = ManifestJson.WithLedgerHash(bytes, LedgerLine.NoHash);
        if (zeroed is null || LedgerLine.HashOf(zeroed) != seal.ManifestSha256)
        {
            Tell(StoredObjects.Manifest, "changed: its bytes are not those that the ledger was closed with");
        }

        var derived = ManifestBuilder.Build(session ?? DocumentOf(manifest), ledger.Account, manifest.LedgerHash);
        foreach (var difference in ManifestComparison.Find(bytes, ManifestJson.Serialize(derived)))
        {
            Tell(StoredObjects.Manifest, difference);
        }
    }

    // Where session.json is gone, the rest of the manifest can still be compared.
    private static SessionDocument DocumentOf(Manifest manifest) => new()
    {
        SessionId = manifest.SessionId,
        Platform = manifest.Platform,
        User = manifest.User,
        Host = manifest.Host,
        SystemSession = "",
        StartedAt = manifest.StartedAt,
        Prefix = "",
        Recorder = manifest.Recorder.Version,
        Metadata = manifest.Metadata,
    };

    private void CheckExtra(IReadOnlyList<ManifestSegment> segments, bool isFinal)
    {
        if (!isFinal)
        {
            // The segment that is being recorded may be stored already, before any manifest names it.
            return;
        }

        foreach (var segment in segments.Where(segment => SegmentName.IndexOfTail(segment.Key) is not null))
        {
            _remarks.Add(new VerifyFault(
                segment.Key, "unproven: made of a tail in storage, which cannot show whether a piece was taken away from its end"));
        }

        var known = segments.Select(segment => _prefix + segment.Key).ToHashSet(StringComparer.Ordinal);
        known.UnionWith([_prefix + StoredObjects.Manifest, _prefix + StoredObjects.Session, _prefix + StoredObjects.Ledger]);
        foreach (var key in _stored.Keys.Where(key => !known.Contains(key) && !IsLeftover(key, segments)).Order(StringComparer.Ordinal))
        {
            Tell(key[_prefix.Length..], "extra: nothing in the recording names it");
        }

        foreach (var key in _stored.Keys.Where(key => !known.Contains(key) && IsLeftover(key, segments) && _stored[key].Length > 0).Order(StringComparer.Ordinal))
        {
            _remarks.Add(new VerifyFault(key[_prefix.Length..], "superseded: no part of the recording, and nothing vouches for it"));
        }
    }

    /// <summary>What was confirmed as stored and was not there when the session was recovered.</summary>
    private void CheckLost(SessionAccount? account)
    {
        foreach (var lost in account?.LostSegments.Select(account.FindLost).OfType<SegmentClosed>() ?? [])
        {
            if (account!.Delivery.IsConfirmedEverywhere(lost.Key, lost.Sha256))
            {
                Tell(lost.Key, $"missing: the ledger says that segment {lost.Index} was stored, and it was gone when the session was recovered");
            }
        }
    }

    /// <summary>
    /// What the whole took the place of: pieces of a tail that wait to be cleaned up, and segments that a recovery made of
    /// them before the machine came back with its own.
    /// </summary>
    private bool IsLeftover(string key, IReadOnlyList<ManifestSegment> segments)
    {
        var name = key[_prefix.Length..];
        return name == TailPiece.SignOfLife
            || TailPiece.Parse(name) is not null
            || segments.Any(segment => SegmentName.WholeOf(segment.Key) == name)
            || (SegmentName.IndexOfTail(name) is not null && segments.Any(segment => IsWithin(segment, name)));
    }

    // By its time: what was made of a lost segment has another number than that segment.
    private static bool IsWithin(ManifestSegment segment, string key) =>
        SegmentName.StartedAt(key[SegmentName.Folder.Length..]) is { } startedAt
        && segment.StartedAt <= startedAt
        && startedAt <= SessionTime.After(segment.StartedAt, segment.Duration);

    private void CheckIndices(IReadOnlyList<ManifestSegment> segments, IReadOnlyCollection<int> lost)
    {
        var expected = -1;
        foreach (var segment in segments)
        {
            for (expected++; lost.Contains(expected);)
            {
                expected++;
            }

            if (segment.Index != expected)
            {
                Tell(segment.Key, $"out of order: it is segment {segment.Index} where segment {expected} belongs");
                return;
            }
        }
    }

    private void CheckCoverage(Manifest? manifest)
    {
        foreach (var stretch in manifest is null ? [] : Coverage.FindUncovered(manifest))
        {
            Tell(
                StoredObjects.Manifest,
                $"unaccounted: {SessionTime.Format(stretch.From)} to {SessionTime.Format(stretch.To)} "
                    + $"({SessionTime.Seconds(stretch.Duration)} s) is in no segment and in no gap");
        }

        foreach (var (monitor, stretch) in manifest is null ? [] : Coverage.FindUncoveredTracks(manifest))
        {
            Tell(
                StoredObjects.Manifest,
                $"unaccounted: {SessionTime.Format(stretch.From)} to {SessionTime.Format(stretch.To)} "
                    + $"({SessionTime.Seconds(stretch.Duration)} s) is in no segment of the monitor {monitor} and in no gap");
        }
    }

    private void Tell(string name, string fault) => _faults.Add(new VerifyFault(name, fault));
}
