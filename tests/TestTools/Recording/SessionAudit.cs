using System.Text;
using System.Text.Json;
using SessionRecorder.TestTools.Video;

namespace SessionRecorder.TestTools.Recording;

/// <summary>Checks a stored session against its manifest and ledger without the recorder's own code.</summary>
public static class SessionAudit
{
    /// <summary>How much of the session's time may stand neither in a segment nor in a gap: what the recorder promises (docs/manifest.md).</summary>
    public static readonly TimeSpan CoverageTolerance = TimeSpan.FromSeconds(0.5);

    /// <summary>How far the manifest's durations may be from ffprobe's, in seconds.</summary>
    public const double DurationTolerance = 0.2;

    private static readonly string _zeros = new('0', 64);

    /// <summary>Checks everything.</summary>
    /// <returns>What is wrong, one line each; empty when all is well.</returns>
    public static async Task<IReadOnlyList<string>> FindProblemsAsync(RecordedSession session) =>
    [
        .. CheckFiles(session),
        .. await CheckVideoAsync(session),
        .. CheckCoverage(session.Manifest),
        .. CheckLedger(session),
    ];

    /// <summary>Each segment is there with the bytes that the manifest tells, and no other file.</summary>
    public static IEnumerable<string> CheckFiles(RecordedSession session)
    {
        var told = session.Manifest.Segments.ToDictionary(segment => Path.GetFileName(segment.Key));
        var stored = Directory.GetFiles(Path.Combine(session.Folder, "video")).Select(p => Path.GetFileName(p)!).ToHashSet();
        foreach (var name in stored.Except(told.Keys))
        {
            yield return $"{name} is stored and not in the manifest";
        }

        foreach (var name in told.Keys.Except(stored))
        {
            yield return $"{name} is in the manifest and not stored";
        }

        foreach (var (name, segment) in told.Where(pair => stored.Contains(pair.Key)))
        {
            var bytes = File.ReadAllBytes(session.PathOf(segment));
            if (bytes.Length != segment.Bytes || RecordedSession.Sha256(bytes) != segment.Sha256)
            {
                yield return $"{name} is not the file that the manifest tells of";
            }

            if (!name.StartsWith($"{segment.Index:D6}-{segment.StartedAt.UtcDateTime:yyyyMMdd'T'HHmmss.fff'Z'}", StringComparison.Ordinal))
            {
                yield return $"{name} is not named by its index {segment.Index} and its start {segment.StartedAt:O}";
            }
        }
    }

    /// <summary>Each segment plays by itself, all of its frames, and is what the manifest says.</summary>
    public static async Task<IReadOnlyList<string>> CheckVideoAsync(RecordedSession session)
    {
        var problems = new List<string>();
        foreach (var segment in session.Manifest.Segments)
        {
            var facts = await VideoReader.ProbeAsync(session.PathOf(segment));
            if (facts.Complaints.Length > 0)
            {
                problems.Add($"ffprobe complains about {segment.Key}: {facts.Complaints}");
            }

            if ((facts.Width, facts.Height, facts.Frames) != (segment.Width, segment.Height, segment.Frames)
                || Math.Abs(facts.Duration - segment.Duration) > DurationTolerance)
            {
                problems.Add($"ffprobe finds {facts} in what the manifest tells as {segment}");
            }
        }

        return problems;
    }

    /// <summary>Every moment from the session's start to its end is in a segment or in a gap.</summary>
    public static IEnumerable<string> CheckCoverage(SessionManifest manifest)
    {
        if (manifest.EndedAt is not { } end)
        {
            yield return "the manifest tells no end";
            yield break;
        }

        foreach (var problem in CheckCoverage(manifest, manifest.Segments, manifest.StartedAt, end))
        {
            yield return problem;
        }

        foreach (var (index, tracks) in (manifest.Tracks ?? []).Index())
        {
            var until = index + 1 < manifest.Tracks!.Count ? manifest.Tracks[index + 1].At : end;
            foreach (var monitor in tracks.Monitors)
            {
                var segments = manifest.Segments.Where(segment => segment.Monitor == monitor && segment.StartedAt < until);
                foreach (var problem in CheckCoverage(manifest, segments, tracks.At, until))
                {
                    yield return $"of {monitor}: {problem}";
                }
            }
        }
    }

    private static IEnumerable<string> CheckCoverage(
        SessionManifest manifest, IEnumerable<ManifestSegment> segments, DateTimeOffset start, DateTimeOffset end)
    {
        var stretches = segments.Select(s => (From: s.StartedAt, To: s.EndedAt))
            .Concat(manifest.Gaps.Select(g => (g.From, g.To)))
            .Append((From: end, To: end))
            .OrderBy(stretch => stretch.From);
        var covered = start;
        foreach (var (from, to) in stretches)
        {
            if (from <= end && from - covered > CoverageTolerance)
            {
                yield return $"nothing accounts for {covered:HH:mm:ss.fff} to {from:HH:mm:ss.fff}";
            }

            covered = to > covered ? to : covered;
        }

        if (end == manifest.EndedAt && covered - end > CoverageTolerance)
        {
            yield return $"the account goes on until {covered:HH:mm:ss.fff}, after the session's end {end:HH:mm:ss.fff}";
        }
    }

    /// <summary>Each line of the ledger carries the hash of the line before, and the last one seals the manifest.</summary>
    public static IEnumerable<string> CheckLedger(RecordedSession session)
    {
        var before = _zeros;
        var sequence = 0;
        string? sealedManifest = null;
        foreach (var line in File.ReadLines(session.LedgerPath))
        {
            using var fact = JsonDocument.Parse(line);
            var root = fact.RootElement;
            if (root.GetProperty("seq").GetInt32() != sequence || root.GetProperty("prev").GetString() != before)
            {
                yield return $"the ledger's line {sequence} does not follow from the line before it";
            }

            if (root.GetProperty("fact").GetString() == "session-sealed")
            {
                sealedManifest = root.GetProperty("manifestSha256").GetString();
            }

            before = RecordedSession.Sha256(Encoding.UTF8.GetBytes(line));
            sequence++;
        }

        if (before != session.Manifest.LedgerHash)
        {
            yield return "the manifest's ledgerHash is not the hash of the ledger's last line";
        }

        var manifest = File.ReadAllText(session.ManifestPath).Replace(session.Manifest.LedgerHash, _zeros, StringComparison.Ordinal);
        if (sealedManifest != RecordedSession.Sha256(Encoding.UTF8.GetBytes(manifest)))
        {
            yield return "the ledger seals another manifest";
        }
    }
}
