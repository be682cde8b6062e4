using System.Text.Json;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Catalog;

/// <summary>A file of which only a tail is stored: the segment that grew when the last piece was sent.</summary>
/// <param name="File">The name that it had in the spool.</param>
/// <param name="StartedAt">When its first frame was taken, as far as the ledger tells; else null.</param>
/// <param name="Bytes">How much of it is stored.</param>
internal sealed record UnfinishedSegment(string File, DateTimeOffset? StartedAt, long Bytes);

/// <summary>A session that is not sealed, read from the ledger in its tail.</summary>
/// <param name="Document">session.json.</param>
/// <param name="SessionSha256">The SHA-256 of its bytes.</param>
/// <param name="Ledger">The ledger's bytes, whole lines only.</param>
/// <param name="Account">What they tell.</param>
/// <param name="Scan">Their lines.</param>
/// <param name="Tail">The tail.</param>
internal sealed record OpenSession(
    SessionDocument Document, string SessionSha256, byte[] Ledger, SessionAccount Account, LedgerScan Scan, StoredTail Tail)
{
    /// <summary>
    /// After how long without a sign of life a session is called interrupted. A recorder that has nothing to tell shows
    /// every minute that it lives; from storage alone nobody can tell a dead one from one without a network.
    /// </summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(10);

    /// <summary>What the account comes to up to now.</summary>
    public Manifest Manifest => ManifestBuilder.Build(Document, Account, Scan.LastHash);

    /// <summary>The files that were not closed, in the order of time.</summary>
    public IReadOnlyList<UnfinishedSegment> Unfinished
    {
        get
        {
            var closed = Account.Segments.Select(segment => segment.File).ToHashSet();
            return
            [
                .. Tail.VideoFiles
                    .Where(file => !closed.Contains(file))
                    .Select(file => new UnfinishedSegment(file, StartOf(file), Tail.LengthOf(file))),
            ];
        }
    }

    /// <summary>So many missing files of a track are named: what storage says may be anything.</summary>
    private const int MostMissing = 20;

    /// <summary>
    /// Files of which nothing is there, though a later one of the same capture and monitor is: a recorder sends them in order, and
    /// numbers them without a gap.
    /// </summary>
    public IReadOnlyList<TailHole> MissingFiles
    {
        get
        {
            var closed = Account.EverClosed.Select(segment => segment.File).OfType<string>().ToHashSet(StringComparer.Ordinal);
            var nameless = Account.EverClosed.Where(segment => segment.File is null).Select(segment => (int?)segment.Capture).ToHashSet();
            string[] growing =
            [
                .. Tail.VideoFiles.Concat(Tail.Holes.Select(hole => hole.File)).Distinct(StringComparer.Ordinal)
                    .Where(file => !closed.Contains(file) && OpenFileName.NumberOf(file) is not null && !nameless.Contains(OpenFileName.CaptureOf(file))),
            ];
            HashSet<string> known = [.. closed, .. growing, .. Account.SetAside.Select(aside => aside.File)];
            return
            [
                .. growing
                    .GroupBy(file => (OpenFileName.CaptureOf(file), OpenFileName.TrackOf(file)))
                    .Select(track => track.MaxBy(OpenFileName.NumberOf)!)
                    .SelectMany(last => Enumerable
                        .Range(0, OpenFileName.NumberOf(last)!.Value)
                        .Select(number => Path.GetFileName(OpenFileName.Sibling(last, number)))
                        .Where(file => !known.Contains(file))
                        .Take(MostMissing))
                    .Select(TailHole.OfAll),
            ];
        }
    }

    /// <summary>What is missing of its growing files, without those that are closed: they are stored whole, or missing as such.</summary>
    public IReadOnlyList<TailHole> Holes
    {
        get
        {
            // A file that a crash moved before its line was written has lost its name.
            var closed = Account.Segments.Select(segment => segment.File).ToHashSet();
            var nameless = Account.Segments.Where(segment => segment.File is null).Select(segment => (int?)segment.Capture).ToHashSet();
            return
            [
                .. Tail.Holes.Where(hole =>
                    hole.File != StoredObjects.Ledger && !closed.Contains(hole.File) && !nameless.Contains(OpenFileName.CaptureOf(hole.File))),
            ];
        }
    }

    /// <summary>Reads one.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="prefix">The session's prefix.</param>
    /// <param name="tail">Its tail.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The session; null where session.json or the tail's ledger is missing.</returns>
    /// <exception cref="JsonException">session.json is unreadable.</exception>
    /// <exception cref="LedgerException">The chain breaks before the ledger's end.</exception>
    /// <exception cref="StorageException">The sink could not be asked, or the tail changed meanwhile.</exception>
    public static async Task<OpenSession?> ReadAsync(
        IStorageSink sink, string prefix, StoredTail tail, CancellationToken cancellationToken)
    {
        if (!tail.HasLedger
            || await StoredObjects.ReadAsync(sink, prefix + StoredObjects.Session, cancellationToken) is not { } session)
        {
            return null;
        }

        return Of(session, await tail.ReadLedgerAsync(sink, cancellationToken), tail);
    }

    /// <summary>Makes one of what was read.</summary>
    /// <param name="session">session.json.</param>
    /// <param name="ledger">A ledger; a torn end is left out.</param>
    /// <param name="tail">The tail.</param>
    /// <exception cref="JsonException">session.json is unreadable.</exception>
    /// <exception cref="LedgerException">The chain breaks before the ledger's end.</exception>
    public static OpenSession Of(byte[] session, byte[] ledger, StoredTail tail)
    {
        var document = SessionJson.Parse(session);
        var account = new SessionAccount();
        var scan = LedgerReader.Scan(
            new MemoryStream((byte[])ledger.Clone()), StoredObjects.Ledger, line => account.Apply(line.Fact, line.At));
        return new OpenSession(document, LedgerLine.HashOf(session), ledger[..(int)scan.Length], account, scan, tail);
    }

    /// <summary>
    /// How many segments behind the ledger's last may be in storage: one of each track, stored a moment before the piece of
    /// the ledger that tells of it.
    /// </summary>
    public int AllowedAhead => Math.Max(1, Account.Captures.Select(capture => capture.Tracks?.Count ?? 1).DefaultIfEmpty(1).Max());

    /// <summary>Whether a stored manifest tells of no more than the ledger does.</summary>
    public bool Covers(Manifest manifest)
    {
        var isKnown = manifest.LedgerHash == LedgerLine.NoHash;
        LedgerReader.Scan(new MemoryStream((byte[])Ledger.Clone()), StoredObjects.Ledger, line => isKnown |= line.Hash == manifest.LedgerHash);
        return isKnown;
    }

    private DateTimeOffset? StartOf(string file)
    {
        var (capture, track) = (OpenFileName.CaptureOf(file), OpenFileName.TrackOf(file));
        var before = Account.Segments.LastOrDefault(segment =>
            segment.Capture == capture && (segment.File is null || OpenFileName.TrackOf(segment.File) == track));
        return before is not null
            ? SessionTime.After(before.StartedAt, before.Duration)
            : Account.Captures.LastOrDefault(started => started.Capture == capture)?.FirstFrameAt;
    }
}
