using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Catalog;

/// <summary>Checks what can be checked of a session that is not sealed, by the ledger in its tail.</summary>
internal sealed class OpenSessionVerifier(IStorageSink sink, string prefix, IProgress<VerifyProgress>? progress)
{
    private readonly List<VerifyFault> _faults = [];
    private readonly List<VerifyFault> _unproven = [];

    /// <summary>Checks the segments by their hashes, that the tail plays to its end, and the coverage up to there.</summary>
    /// <param name="session">The session, whose chain of lines was checked when it was read.</param>
    /// <param name="stored">What is stored below the prefix, by key.</param>
    /// <param name="snapshot">Its manifest; null when there is none that can be read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="StorageException">The sink could not be asked.</exception>
    public async Task<VerifyReport> VerifyAsync(
        OpenSession session, IReadOnlyDictionary<string, StoredObject> stored, Manifest? snapshot, CancellationToken cancellationToken)
    {
        var manifest = session.Manifest;
        if (session.Account.SessionSha256 != session.SessionSha256)
        {
            Fault(StoredObjects.Session, "changed: its SHA-256 is not the one in the ledger");
        }

        _faults.AddRange(session.Account.Oddities.Select(oddity => new VerifyFault(StoredObjects.Ledger, oddity)));
        Unproven(
            StoredObjects.Ledger,
            $"not sealed: its {session.Scan.Lines} lines are chained, and nothing vouches for it that no line was cut off behind them");
        CheckManifest(session, snapshot);
        CheckHoles(session, stored);
        CheckExtra(session, stored);
        var (whole, missing) = Split(session, manifest.Segments, stored);
        var audit = new SegmentAudit(sink, prefix, isSealed: false, progress, session.Account.Delivery);
        await audit.CheckAsync(whole, stored, _faults, cancellationToken);
        foreach (var segment in missing)
        {
            Unproven(segment.Key, $"not stored yet: segment {segment.Index} was closed, and was still on its way");
        }

        foreach (var unfinished in session.Unfinished)
        {
            await CheckTailAsync(session, unfinished, cancellationToken);
        }

        foreach (var stretch in Coverage.FindUncovered(manifest))
        {
            // The line that tells of a gap is written when it is over, or behind the next segment's.
            Unproven(
                StoredObjects.Ledger,
                $"not accounted for yet: {SessionTime.Format(stretch.From)} to {SessionTime.Format(stretch.To)} is in no segment and in no gap");
        }

        return new VerifyReport(
            prefix, manifest.SessionId, manifest.State, audit.Segments, audit.Bytes, manifest.Gaps.Count, session.Scan.Lines, _faults)
        {
            Unproven = _unproven,
        };
    }

    private void CheckManifest(OpenSession session, Manifest? snapshot)
    {
        if (snapshot is null)
        {
            Unproven(StoredObjects.Manifest, "missing or not readable: what follows is told by the ledger in the tail alone");
            return;
        }

        var (faults, unproven) = OpenManifestCheck.Compare(session, snapshot);
        _faults.AddRange(faults.Select(fault => new VerifyFault(StoredObjects.Manifest, fault)));
        if (unproven is not null)
        {
            Unproven(StoredObjects.Manifest, unproven);
        }
    }

    private void CheckHoles(OpenSession session, IReadOnlyDictionary<string, StoredObject> stored)
    {
        // The pieces of a closed one are needed until the whole is stored.
        var waiting = session.Account.Segments.Where(segment => !stored.ContainsKey(prefix + segment.Key)).Select(segment => segment.File).ToHashSet();
        foreach (var hole in session.Holes.Concat(session.Tail.Holes.Where(hole => waiting.Contains(hole.File))))
        {
            Fault(TailPiece.Folder + hole.File, hole.Description);
        }

        // What was stored whole a moment before its line may be one of them.
        var isAhead = stored.Keys.Any(key => IsExpected(session, key[prefix.Length..]));
        foreach (var file in session.MissingFiles)
        {
            (isAhead ? _unproven : _faults).Add(new VerifyFault(TailPiece.Folder + file.File, file.Description));
        }

        if (session.Scan.TornBytes > 0 && session.Tail.LengthOf(StoredObjects.Ledger) < TailUploader.MaxPiece)
        {
            // Only a ledger that has to be caught up with is cut within a line.
            Fault(StoredObjects.Ledger, $"changed: its pieces end with {session.Scan.TornBytes} bytes that are no line");
        }
    }

    private void CheckExtra(OpenSession session, IReadOnlyDictionary<string, StoredObject> stored)
    {
        var lost = session.Account.LostSegments.Select(index => session.Account.FindLost(index)!.Key);
        HashSet<string> known =
        [
            .. session.Account.Segments.Select(segment => segment.Key).Concat(lost), StoredObjects.Session, StoredObjects.Manifest, TailPiece.SignOfLife,
        ];
        foreach (var key in stored.Keys.Select(key => key[prefix.Length..]).Where(key => !known.Contains(key)).Order(StringComparer.Ordinal))
        {
            if (TailPiece.Parse(key) is not null)
            {
                continue;
            }

            if (IsExpected(session, key))
            {
                Unproven(key, "not in the ledger yet: it may have been stored a moment before the line that tells of it");
            }
            else
            {
                Fault(key, "extra: it is not in the ledger");
            }
        }
    }

    private static bool IsExpected(OpenSession session, string key) =>
        SegmentName.IndexOf(key) is { } index
        && index >= session.Account.NextSegment
        && index < session.Account.NextSegment + session.AllowedAhead
        && SegmentName.StartedAt(key[SegmentName.Folder.Length..]) >= session.Account.Opened?.StartedAt;

    /// <summary>
    /// The last segments may be on their way; before one that arrived, a missing one is missing, and so is one that was
    /// confirmed as stored.
    /// </summary>
    private (ManifestSegment[] Whole, ManifestSegment[] Missing) Split(
        OpenSession session, IReadOnlyList<ManifestSegment> segments, IReadOnlyDictionary<string, StoredObject> stored)
    {
        var delivery = session.Account.Delivery;
        var last = segments.ToList().FindLastIndex(segment =>
            stored.ContainsKey(prefix + segment.Key) || delivery.IsConfirmedEverywhere(segment.Key, segment.Sha256));
        return ([.. segments.Take(last + 1)], [.. segments.Skip(last + 1)]);
    }

    private async Task CheckTailAsync(OpenSession session, UnfinishedSegment unfinished, CancellationToken cancellationToken)
    {
        await using var copy = TemporaryCopy.Create();
        await session.Tail.CopyAsync(sink, unfinished.File, copy, cancellationToken);
        var count = FragmentCount.Measure(copy);
        var rate = session.Account.LastCapture?.FrameRate;
        var name = TailPiece.Folder + unfinished.File;
        if (count.Fragments == 0)
        {
            Unproven(name, $"no picture yet in its {count.Bytes} bytes");
            return;
        }

        var seconds = rate > 0 ? $", about {count.Frames / rate:0.0} s" : "";
        Unproven(
            name,
            $"unfinished segment: {count.Frames} frames{seconds} in {count.PlayableBytes} bytes that play, {count.Bytes - count.PlayableBytes} of a fragment behind them; "
                + "no line of the ledger holds its hash yet");
    }

    private void Fault(string name, string fault) => _faults.Add(new VerifyFault(name, fault));

    private void Unproven(string name, string what) => _unproven.Add(new VerifyFault(name, what));
}
