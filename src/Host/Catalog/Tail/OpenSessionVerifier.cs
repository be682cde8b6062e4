using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Catalog;

/// <summary>Checks what can be checked of a session that is not sealed, by the ledger in its tail.</summary>
internal sealed class OpenSessionVerifier(IStorageSink sink, string prefix, IProgress<VerifyProgress>? progress)
{
    private readonly List<VerifyFault> _faults = [];
    private readonly List<VerifyFault> _unproven = [];

    /// <summary>Checks the segments by their hashes, that the tail plays to its end, and the coverage up to there.</summary>
    /// <param name="session">The session, whose chain of lines was checked when it was read.</param>
    /// <param name="stored">What is stored below the prefix, by key.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="StorageException">The sink could not be asked.</exception>
    public async Task<VerifyReport> VerifyAsync(
        OpenSession session, IReadOnlyDictionary<string, StoredObject> stored, CancellationToken cancellationToken)
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
        var (whole, missing) = Split(manifest.Segments, stored);
        var audit = new SegmentAudit(sink, prefix, isSealed: false, progress);
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

    /// <summary>The last segments may be on their way; before one that arrived, a missing one is missing.</summary>
    private (ManifestSegment[] Whole, ManifestSegment[] Missing) Split(
        IReadOnlyList<ManifestSegment> segments, IReadOnlyDictionary<string, StoredObject> stored)
    {
        var last = segments.ToList().FindLastIndex(segment => stored.ContainsKey(prefix + segment.Key));
        return ([.. segments.Take(last + 1)], [.. segments.Skip(last + 1)]);
    }

    private async Task CheckTailAsync(OpenSession session, UnfinishedSegment unfinished, CancellationToken cancellationToken)
    {
        await using var copy = TemporaryCopy.Create();
        await session.Tail.CopyAsync(sink, unfinished.File, copy, cancellationToken);
        var count = FragmentCount.Measure(copy);
        var rate = session.Account.LastCapture?.FrameRate;
        var name = Upload.TailPiece.Folder + unfinished.File;
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
