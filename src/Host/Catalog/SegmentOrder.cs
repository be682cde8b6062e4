using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Catalog;

/// <summary>Whether the times of segments can be true: within the session, and in the order in which their files were written.</summary>
internal static class SegmentOrder
{
    /// <summary>Finds the segments whose times cannot be true.</summary>
    /// <param name="segments">The segments, as the ledger tells of them.</param>
    /// <param name="manifest">The session, which tells its end; null where it is not known.</param>
    public static IEnumerable<VerifyFault> FindFaults(IReadOnlyList<SegmentClosed> segments, Manifest? manifest) =>
        [.. FindAfterEnd(segments, manifest), .. FindDisorder(segments)];

    private static IEnumerable<VerifyFault> FindAfterEnd(IReadOnlyList<SegmentClosed> segments, Manifest? manifest)
    {
        if (manifest?.EndedAt is not { } end)
        {
            return [];
        }

        var latest = end + Coverage.Tolerance(manifest.Recorder.FrameRate);
        return segments
            .Select(segment => (segment.Key, To: SessionTime.After(segment.StartedAt, segment.Duration)))
            .Where(segment => segment.To > latest)
            .Select(segment => new VerifyFault(
                segment.Key,
                $"impossible: it goes on until {SessionTime.Format(segment.To)}, and the session ended at {SessionTime.Format(end)}"));
    }

    /// <summary>A capture's files are numbered as they are written, each monitor's by themselves.</summary>
    private static IEnumerable<VerifyFault> FindDisorder(IReadOnlyList<SegmentClosed> segments) => segments
        .Where(segment => segment.File is not null && OpenFileName.NumberOf(segment.File) is not null)
        .GroupBy(segment => (segment.Capture, OpenFileName.TrackOf(segment.File!)))
        .SelectMany(track =>
        {
            SegmentClosed[] files = [.. track.OrderBy(segment => OpenFileName.NumberOf(segment.File!))];
            return files.Zip(files.Skip(1));
        })
        .Where(pair => pair.Second.StartedAt <= pair.First.StartedAt)
        .Select(pair => new VerifyFault(
            pair.First.Key,
            $"impossible: its file {pair.First.File} was written before {pair.Second.File}, and it is said to begin later, "
                + $"at {SessionTime.Format(pair.First.StartedAt)}"));
}
