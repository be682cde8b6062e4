using System.Globalization;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Recording;

/// <summary>Finds out which monitor an unfinished file shows.</summary>
internal static class OrphanedTrack
{
    /// <summary>The monitor of a file that a crash left.</summary>
    /// <param name="spool">The session, with the other unfinished files still where they were.</param>
    /// <param name="file">The file.</param>
    /// <param name="capture">The capture that made it.</param>
    /// <param name="facts">What it holds.</param>
    /// <returns>The monitor; null where the capture had all monitors in one picture.</returns>
    public static string? MonitorOf(SpoolSession spool, UnfinishedFile file, int capture, SegmentFacts facts)
    {
        var tracks = spool.Read(account => TracksOf(account, capture));
        if (OpenFileName.TrackOf(file.Path) is { } number)
        {
            // The capture was begun by a recorder that noted the display first, so a track without a name is none of ours.
            return number < tracks.Count ? tracks[number].Monitor : string.Create(CultureInfo.InvariantCulture, $"monitor {number}");
        }

        return file.StartedAt is null ? null : OfMovedFile(spool, capture, tracks, facts);
    }

    /// <summary>The tracks that the capture told of; where it was killed before, those of the display as it was noted.</summary>
    private static IReadOnlyList<CaptureTrack> TracksOf(SessionAccount account, int capture)
    {
        if (account.Captures.LastOrDefault(started => started.Capture == capture) is { } known)
        {
            return [.. known.Tracks?.Select(track => new CaptureTrack(track.Monitor, Parse(track.Region))) ?? []];
        }

        return account.Displays.Count > 0 ? CaptureTrack.Of(account.Displays[^1]) : [];
    }

    /// <summary>
    /// A file that was moved into its place before its line was written has lost its track's number. It is the one that is
    /// missing: each track's unfinished files go on where its segments end.
    /// </summary>
    private static string? OfMovedFile(SpoolSession spool, int capture, IReadOnlyList<CaptureTrack> tracks, SegmentFacts facts)
    {
        var open = spool.FindUnfinishedFiles().Select(file => Path.GetFileName(file.Path)).ToHashSet(StringComparer.Ordinal);
        var segments = spool.Read(account => account.Segments.Where(segment => segment.Capture == capture).ToArray());
        return tracks
            .Index()
            .Where(track => HasSize(track.Item.Bounds, facts))
            .OrderBy(track => open.Contains(FileName(track.Index, segments.Count(s => s.Monitor == track.Item.Monitor))))
            .Select(track => track.Item.Monitor)
            .FirstOrDefault();

        string FileName(int track, int number) =>
            string.Create(CultureInfo.InvariantCulture, $"{OpenFileName.Prefix(capture, track)}-{number:D6}.mp4");
    }

    // A codec may have padded it by a pixel.
    private static bool HasSize(PixelRectangle bounds, SegmentFacts facts) =>
        facts.Width - bounds.Width is 0 or 1 && facts.Height - bounds.Height is 0 or 1;

    /// <summary>Reads back what <see cref="PixelRectangle.ToString"/> wrote; only the size matters here.</summary>
    private static PixelRectangle Parse(string region)
    {
        var parts = region.Split('x', '+', '-');
        return parts is [var width, var height, ..]
            && int.TryParse(width, NumberStyles.None, CultureInfo.InvariantCulture, out var w)
            && int.TryParse(height, NumberStyles.None, CultureInfo.InvariantCulture, out var h)
            ? new PixelRectangle(0, 0, w, h)
            : default;
    }
}
