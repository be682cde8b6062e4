using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Catalog;

/// <summary>A stretch of time.</summary>
internal readonly record struct Stretch(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>How long it is.</summary>
    public TimeSpan Duration => To - From;
}

/// <summary>Whether every moment of a session is in a segment or in a gap.</summary>
internal static class Coverage
{
    private const double ToleratedSeconds = 0.5;
    private const double ToleratedFrames = 2.5;

    /// <summary>The longest stretch between two files that is the frame interval itself, and no loss.</summary>
    /// <param name="frameRate">Frames a second; null when unknown.</param>
    public static TimeSpan Tolerance(double? frameRate) => TimeSpan.FromSeconds(
        frameRate is > 0 and var rate ? Math.Max(ToleratedSeconds, ToleratedFrames / rate) : ToleratedSeconds);

    /// <summary>The stretches of a session that are in no segment and in no gap.</summary>
    /// <param name="manifest">The session; while it is being recorded, up to the end of what it tells of.</param>
    /// <returns>The stretches longer than <see cref="Tolerance"/>, in order of time; empty when all is accounted for.</returns>
    public static IReadOnlyList<Stretch> FindUncovered(Manifest manifest)
    {
        var covered = Union([.. Pictures(manifest), .. Gaps(manifest)]);
        var end = manifest.EndedAt ?? (covered.Count == 0 ? manifest.StartedAt : covered[^1].To);
        return FindUncovered(covered, new Stretch(manifest.StartedAt, end), Tolerance(manifest.Recorder.FrameRate));
    }

    /// <summary>
    /// The stretches in which one monitor's video is missing, while others go on: in no segment of it and in no gap.
    /// </summary>
    /// <param name="manifest">The session.</param>
    /// <returns>The stretches by monitor; without those that <see cref="FindUncovered(Manifest)"/> tells.</returns>
    public static IReadOnlyList<(string Monitor, Stretch Stretch)> FindUncoveredTracks(Manifest manifest)
    {
        var tracks = manifest.Tracks ?? [];
        var reached = Union([.. Pictures(manifest), .. Gaps(manifest)]);
        var end = manifest.EndedAt ?? (reached.Count == 0 ? manifest.StartedAt : reached[^1].To);
        var uncovered = new List<(string, Stretch)>();
        var everything = FindUncovered(manifest);
        foreach (var (index, period) in tracks.Index())
        {
            var whole = new Stretch(period.At, index + 1 < tracks.Count ? tracks[index + 1].At : end);
            foreach (var monitor in period.Monitors)
            {
                var covered = Union([.. Pictures(manifest, monitor), .. Gaps(manifest)]);
                uncovered.AddRange(FindUncovered(covered, whole, Tolerance(manifest.Recorder.FrameRate))
                    .Where(stretch => !everything.Any(told => told.From <= stretch.From && stretch.To <= told.To))
                    .Select(stretch => (monitor, stretch)));
            }
        }

        return uncovered;
    }

    private static List<Stretch> FindUncovered(IEnumerable<Stretch> covered, Stretch whole, TimeSpan tolerance)
    {
        var uncovered = new List<Stretch>();
        var reached = whole.From;
        foreach (var stretch in covered.Append(new Stretch(whole.To, whole.To)))
        {
            var from = stretch.From < whole.To ? stretch.From : whole.To;
            if (from - reached > tolerance)
            {
                uncovered.Add(new Stretch(reached, from));
            }

            reached = stretch.To > reached ? stretch.To : reached;
        }

        return uncovered;
    }

    /// <summary>How much time is in segments and, within them, in no gap; overlaps counted once.</summary>
    public static TimeSpan PictureTime(Manifest manifest) =>
        Total([.. Pictures(manifest), .. Gaps(manifest)]) - GapTime(manifest);

    /// <summary>How much time is in gaps, overlaps counted once.</summary>
    public static TimeSpan GapTime(Manifest manifest) => Total(Gaps(manifest));

    private static TimeSpan Total(IEnumerable<Stretch> stretches) =>
        Union(stretches).Aggregate(TimeSpan.Zero, (sum, stretch) => sum + stretch.Duration);

    private static IEnumerable<Stretch> Pictures(Manifest manifest) => Pictures(manifest.Segments);

    private static IEnumerable<Stretch> Pictures(Manifest manifest, string monitor) =>
        Pictures(manifest.Segments.Where(segment => segment.Monitor == monitor));

    private static IEnumerable<Stretch> Pictures(IEnumerable<ManifestSegment> segments) => segments.Select(segment =>
        new Stretch(segment.StartedAt, SessionTime.After(segment.StartedAt, segment.Duration)));

    private static IEnumerable<Stretch> Gaps(Manifest manifest) => manifest.Gaps.Select(gap => new Stretch(gap.From, gap.To));

    /// <summary>The same time without overlaps, in order; empty stretches add nothing.</summary>
    public static IReadOnlyList<Stretch> Union(IEnumerable<Stretch> stretches)
    {
        var union = new List<Stretch>();
        foreach (var stretch in stretches.Where(stretch => stretch.To > stretch.From).OrderBy(stretch => stretch.From))
        {
            if (union.Count > 0 && stretch.From <= union[^1].To)
            {
                var last = union[^1];
                union[^1] = last with { To = stretch.To > last.To ? stretch.To : last.To };
            }
            else
            {
                union.Add(stretch);
            }
        }

        return union;
    }
}
