using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Processes;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Recording;

/// <summary>Brings the account of a session whose recorder died up to what is on disk.</summary>
internal sealed partial class SessionRepair(ICaptureSource source, double frameRate, ILogger<SessionRepair> logger)
{
    /// <summary>Ends what still captures, makes segments of unfinished files, and accounts for the rest.</summary>
    /// <param name="spool">The session; not sealed.</param>
    /// <param name="continues">Whether it is recorded further; then the last gap is left to the recorder.</param>
    /// <param name="cancellationToken">Ends the wait; call again later.</param>
    /// <returns>The last moment at which the dead recorder is known to have lived, or the last picture's end.</returns>
    /// <exception cref="RecorderException">A file could not be repaired; nothing is lost by it.</exception>
    public async Task<DateTimeOffset> RunAsync(SpoolSession spool, bool continues, CancellationToken cancellationToken)
    {
        EndOrphanedCapture(spool);
        var unfinished = spool.FindUnfinishedFiles();
        var lastSign = LastSign(spool, unfinished);
        var repaired = 0;
        foreach (var file in unfinished)
        {
            repaired += await AdoptAsync(spool, file, cancellationToken) ? 1 : 0;
        }

        lastSign = SessionTime.Later(lastSign, spool.Read(EndOfPicture));
        spool.Record(new SessionRecovered(spool.Clock.Now, lastSign, repaired, continues));
        CloseOpenGaps(spool, lastSign);
        if (!continues)
        {
            RecordDeadTime(spool, lastSign);
        }

        LogRepaired(spool.Id, repaired);
        return continues ? spool.Read(EndOfPicture) : lastSign;
    }

    private static DateTimeOffset EndOfPicture(SessionAccount account) => account.Segments.Count == 0
        ? account.Opened!.StartedAt
        : account.Segments.TakeLast(2).Max(segment => segment.StartedAt.AddSeconds(segment.Duration));

    private void EndOrphanedCapture(SpoolSession spool)
    {
        var capture = spool.Read(account => account.IsCapturing ? account.LastCapture : null);
        if (capture is { ProcessId: { } processId, ProcessStart: { } start }
            && ProcessIdentity.KillIfAlive(processId, start))
        {
            LogOrphanEnded(spool.Id, processId);
        }
    }

    private static DateTimeOffset LastSign(SpoolSession spool, IReadOnlyList<UnfinishedFile> unfinished)
    {
        var lastLine = spool.Read(account => account.LastKnown);
        var offset = spool.Read(account => account.ClockOffset);
        var now = spool.Clock.Now;
        var written = unfinished
            .Select(file => SessionClock.ToSession(File.GetLastWriteTimeUtc(file.Path), offset))
            .Where(time => time <= now)
            .DefaultIfEmpty(lastLine)
            .Max();
        return SessionTime.Later(lastLine, written);
    }

    private async Task<bool> AdoptAsync(SpoolSession spool, UnfinishedFile file, CancellationToken cancellationToken)
    {
        var last = spool.Read(account => account.LastCapture);
        var facts = await source.RepairAsync(file.Path, last?.FrameRate ?? frameRate, cancellationToken);
        if (facts is null)
        {
            File.Delete(file.Path);
            return false;
        }

        var capture = OpenFileName.CaptureOf(file.Path) ?? last?.Capture ?? 1;
        var startedAt = file.StartedAt ?? spool.Read(account => StartOf(account, capture)) ?? EstimateStart(spool, file, facts);
        spool.AcceptSegment(file.Path, capture, startedAt, facts);
        foreach (var hole in facts.Holes)
        {
            var opened = spool.Record(a => new GapOpened(a.NextGap, startedAt + hole.From, GapCause.NoFrames, null));
            spool.Record(new GapClosed(opened.Gap, opened.From, startedAt + hole.To));
        }

        return true;
    }

    /// <summary>A capture's files follow each other without a hole, from its first frame on.</summary>
    private static DateTimeOffset? StartOf(SessionAccount account, int capture)
    {
        var before = account.Segments.LastOrDefault(segment => segment.Capture == capture);
        return before is not null ? before.StartedAt.AddSeconds(before.Duration)
            : account.LastCapture is { } last && last.Capture == capture ? last.FirstFrameAt
            : null;
    }

    /// <summary>Killed between a capture's first frame and its line: the file was last written at its last fragment.</summary>
    private static DateTimeOffset EstimateStart(SpoolSession spool, UnfinishedFile file, SegmentFacts facts)
    {
        var end = SessionClock.ToSession(File.GetLastWriteTimeUtc(file.Path), spool.Read(account => account.ClockOffset));
        var start = end - facts.Duration;
        return SessionTime.Later(start, spool.Read(account => account.Opened!.StartedAt));
    }

    private static void CloseOpenGaps(SpoolSession spool, DateTimeOffset lastSign)
    {
        foreach (var gap in spool.Read(account => account.OpenGaps.ToArray()))
        {
            var picture = spool.Read(account => account.Segments
                .Select(segment => (DateTimeOffset?)segment.StartedAt)
                .LastOrDefault(start => start >= gap.From));
            spool.Record(new GapClosed(gap.Number, gap.From, picture ?? SessionTime.Later(gap.From, lastSign)));
        }
    }

    private static void RecordDeadTime(SpoolSession spool, DateTimeOffset end)
    {
        var manifest = spool.Read(account =>
            ManifestBuilder.Build(spool.Document, account, spool.Ledger.LastHash)) with { EndedAt = end };
        foreach (var stretch in Coverage.FindUncovered(manifest))
        {
            RecordGap(spool, stretch.From, stretch.To);
        }

        // What the rule of coverage tolerates between two files is no frame interval here: nothing came after it.
        var (pictureEnd, known) = spool.Read(account => (EndOfPicture(account), account.Gaps.Any(gap => gap.To >= end)));
        if (pictureEnd < end && !known)
        {
            RecordGap(spool, pictureEnd, end);
        }
    }

    private static void RecordGap(SpoolSession spool, DateTimeOffset from, DateTimeOffset to)
    {
        var opened = spool.Record(account => new GapOpened(account.NextGap, from, GapCause.RecorderDied, null));
        spool.Record(new GapClosed(opened.Gap, from, to));
    }

    [LoggerMessage(EventId = 340, Level = LogLevel.Warning, Message = "Session {SessionId}: ended the orphaned capture process {ProcessId}")]
    private partial void LogOrphanEnded(string sessionId, int processId);

    [LoggerMessage(EventId = 341, Level = LogLevel.Information, Message = "Session {SessionId}: {Files} unfinished files became segments")]
    private partial void LogRepaired(string sessionId, int files);
}
