using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Recording;

/// <summary>Finds out when an unfinished file begins.</summary>
internal static class OrphanedStart
{
    /// <summary>When a file's first frame was taken, session time.</summary>
    /// <remarks>
    /// A track's files follow each other without a hole, from the capture's first frame on, in the order of their numbers: a
    /// file begins where the one before it ends, and ends where the one after it begins, whenever it is measured.
    /// </remarks>
    /// <param name="spool">The session.</param>
    /// <param name="path">The file.</param>
    /// <param name="capture">The capture that made it.</param>
    /// <param name="monitor">The monitor that it shows; null where it shows all.</param>
    /// <param name="facts">What it holds.</param>
    /// <param name="writtenAt">When it was written last, session time.</param>
    /// <exception cref="CaptureException">
    /// It cannot be told before a file ahead of it was measured: transient, of the scope of a segment.
    /// </exception>
    public static DateTimeOffset Of(
        SpoolSession spool, string path, int capture, string? monitor, SegmentFacts facts, DateTimeOffset writtenAt)
    {
        var (track, firstFrame) = spool.Read(account => (
            account.EverClosed.Where(segment => segment.Capture == capture && segment.Monitor == monitor).ToArray(),
            account.Captures.LastOrDefault(started => started.Capture == capture)?.FirstFrameAt));
        var number = OpenFileName.NumberOf(path);

        // One that was moved before its line was written has no name any more; it was never after a file that is still open.
        var before = track.Where(s => number is null || NumberOf(s) is not { } n || n < number).MaxBy(s => s.StartedAt);
        var after = track.Where(s => NumberOf(s) > number).MinBy(s => s.StartedAt);
        var earliest = before is null ? firstFrame : EndOf(before);
        if (number is null or 0 || before is { } last && (NumberOf(last) is not { } lastNumber || lastNumber == number - 1))
        {
            // Killed between its first frame and the line that tells of it: then the file's own time is the best that there is.
            return earliest ?? SessionTime.Later(writtenAt - facts.Duration, spool.Document.StartedAt);
        }

        if (after is not null && NumberOf(after) == number + 1)
        {
            return SessionTime.Later(after.StartedAt - facts.Duration, earliest ?? spool.Document.StartedAt);
        }

        if (File.Exists(OpenFileName.Sibling(path, number.Value - 1)))
        {
            throw new CaptureException(
                $"when {path} begins is not known before the file ahead of it was measured",
                CaptureEnd.Failed,
                FailureScope.Segment,
                isTransient: true);
        }

        // The one ahead is gone for good. What was downloaded tells nothing by the time of its file.
        var latest = SessionTime.Earlier(writtenAt, SessionTime.Earlier(after?.StartedAt ?? spool.Clock.Now, spool.Clock.Now));
        var floor = earliest ?? spool.Document.StartedAt;
        return spool.IsFromStorage ? floor : SessionTime.Later(latest - facts.Duration, floor);
    }

    private static int? NumberOf(SegmentClosed segment) => segment.File is { } file ? OpenFileName.NumberOf(file) : null;

    private static DateTimeOffset EndOf(SegmentClosed segment) => SessionTime.After(segment.StartedAt, segment.Duration);
}
