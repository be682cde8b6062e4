using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Processes;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Recording;

/// <summary>Brings the account of a session whose recorder died up to what is on disk.</summary>
internal sealed partial class SessionRepair(ICaptureSource source, double frameRate, ILogger<SessionRepair> logger)
{
    private readonly FileMeasurement _measurement = new(source, logger);

    /// <summary>Ends what still captures, makes segments of unfinished files, and accounts for the rest.</summary>
    /// <param name="spool">The session; not sealed.</param>
    /// <param name="continues">
    /// Whether it is recorded further. Then nothing here may keep the recording from going on: what cannot be repaired
    /// now is left for the session's end, and the last gap is left to the recorder.
    /// </param>
    /// <param name="cancellationToken">Ends the wait; call again later.</param>
    /// <param name="missing">Where video that was recorded is missing, what it is: the time without a picture is told so; else null.</param>
    /// <returns>The last moment at which the dead recorder is known to have lived, or, if it continues, the picture's end.</returns>
    /// <exception cref="RecorderException">A file could not be repaired for now; nothing is lost by it.</exception>
    public async Task<DateTimeOffset> RunAsync(SpoolSession spool, bool continues, CancellationToken cancellationToken, string? missing = null)
    {
        EndOrphanedCapture(spool);
        var unfinished = spool.FindUnfinishedFiles();
        var lastSign = LastSign(spool, unfinished);
        var failure = await AdoptAsync(spool, unfinished, cancellationToken);
        if (failure is not null && !continues)
        {
            throw failure;
        }

        lastSign = SessionTime.Later(lastSign, spool.Read(account => account.Segments
            .Select(segment => SessionTime.After(segment.StartedAt, segment.Duration))
            .DefaultIfEmpty(account.Opened!.StartedAt)
            .Max()));
        var repaired = unfinished.Count - spool.FindUnfinishedFiles().Count;
        spool.Record(new SessionRecovered(spool.Clock.Now, lastSign, repaired, continues));
        CloseOpenGaps(spool, lastSign);
        RecordDeadTime(spool, continues ? spool.Read(EndOfPicture) : lastSign, missing);
        LogRepaired(spool.Id, repaired);
        return continues ? spool.Read(EndOfPicture) : lastSign;
    }

    /// <summary>Makes segments of what a live session's captures left, because it could not be measured or moved at once.</summary>
    /// <param name="spool">The session; nothing captures any more.</param>
    /// <param name="end">The session's end, up to which a file that nobody can read leaves a gap.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RecorderException">Some of it cannot be made segments now; it stays where it is.</exception>
    public async Task AdoptLeftoversAsync(SpoolSession spool, DateTimeOffset end, CancellationToken cancellationToken)
    {
        if (await AdoptAsync(spool, spool.FindUnfinishedFiles(), cancellationToken) is { } failure)
        {
            throw failure;
        }

        if (DetailOfSetAside(spool) is { } detail)
        {
            RecordUncovered(spool, end, GapCause.CaptureFailed, detail);
        }
    }

    /// <summary>Makes segments of files; what cannot ever be one is set aside, so that the rest goes on.</summary>
    /// <returns>The last failure that may pass, or null.</returns>
    private async Task<RecorderException?> AdoptAsync(
        SpoolSession spool, IReadOnlyList<UnfinishedFile> files, CancellationToken cancellationToken)
    {
        RecorderException? failure = null;
        foreach (var file in files)
        {
            try
            {
                await AdoptAsync(spool, file, cancellationToken);
            }
            catch (CaptureException e) when (e is { Scope: FailureScope.Segment, IsTransient: false })
            {
                LogSetAside(file.Path, spool.SetAside(file), e);
                spool.Record(new FileSetAside(Path.GetFileName(file.Path), e.Message));
            }
            catch (RecorderException e)
            {
                LogNotRepaired(file.Path, e);
                failure = e;
            }
        }

        return failure;
    }

    /// <summary>The last moment at which every track of the last capture has a picture.</summary>
    private static DateTimeOffset EndOfPicture(SessionAccount account)
    {
        var last = account.Segments.Count == 0 ? 0 : account.Segments.Max(segment => segment.Capture);
        return account.Segments
            .Where(segment => segment.Capture == last)
            .GroupBy(segment => segment.Monitor)
            .Select(track => track.Max(segment => (DateTimeOffset?)SessionTime.After(segment.StartedAt, segment.Duration)))
            .Min() ?? account.Opened!.StartedAt;
    }

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

    private async Task AdoptAsync(SpoolSession spool, UnfinishedFile file, CancellationToken cancellationToken)
    {
        // Before the repair, which may write to the file.
        var writtenAt = SessionClock.ToSession(
            File.GetLastWriteTimeUtc(file.Path), spool.Read(account => account.ClockOffset));
        var last = spool.Read(account => account.LastCapture);
        var facts = await _measurement.MeasureAsync(spool, file.Path, last?.FrameRate ?? frameRate, cancellationToken);
        if (facts is null)
        {
            File.Delete(file.Path);
            return;
        }

        // Of a segment that was closed before its machine was gone, the ledger has kept what a file's name does not tell.
        var lost = SegmentName.IndexOfTail(SegmentName.Folder + Path.GetFileName(file.Path)) is { } index
            ? spool.Read(account => account.FindLost(index))
            : null;
        var capture = lost?.Capture ?? OpenFileName.CaptureOf(file.Path) ?? last?.Capture ?? 1;
        var monitor = lost is not null ? lost.Monitor : OrphanedTrack.MonitorOf(spool, file, capture, facts);
        var startedAt = file.StartedAt
            ?? OrphanedStart.Of(spool, file.Path, capture, monitor, facts, writtenAt);
        var accepted = spool.AcceptSegment(file.Path, capture, startedAt, facts, monitor);
        TellHoleBefore(spool, accepted, last?.FrameRate ?? frameRate);
        foreach (var hole in facts.Holes)
        {
            RecordGap(spool, startedAt + hole.From, startedAt + hole.To, GapCause.NoFrames);
        }
    }

    /// <summary>On a machine with too much to do, frames may have been missing between one file and the next, as within one.</summary>
    private static void TellHoleBefore(SpoolSession spool, SegmentClosed adopted, double frameRate)
    {
        var before = spool.Read(account => account.Segments.LastOrDefault(segment =>
            segment.Capture == adopted.Capture && segment.Monitor == adopted.Monitor && segment.Index == adopted.Index - 1));
        if (before is not null
            && SessionTime.After(before.StartedAt, before.Duration) is var end
            && adopted.StartedAt - end > Coverage.Tolerance(frameRate))
        {
            RecordGap(spool, end, adopted.StartedAt, GapCause.NoFrames);
        }
    }

    private static void CloseOpenGaps(SpoolSession spool, DateTimeOffset lastSign)
    {
        foreach (var gap in spool.Read(account => account.OpenGaps.ToArray()))
        {
            var picture = spool.Read(account => account.Segments
                .Select(segment => (DateTimeOffset?)segment.StartedAt)
                .Where(start => start >= gap.From)
                .Min());
            spool.Record(new GapClosed(gap.Number, gap.From, picture ?? SessionTime.Later(gap.From, lastSign)));
        }
    }

    private static void RecordDeadTime(SpoolSession spool, DateTimeOffset end, string? missing)
    {
        var cause = missing is null ? GapCause.RecorderDied : GapCause.NotStored;
        var detail = missing ?? DetailOfSetAside(spool);
        RecordUncovered(spool, end, cause, detail);

        // What the rule of coverage tolerates between two files is no frame interval here: nothing came after it.
        var (pictureEnd, known) = spool.Read(account => (EndOfPicture(account), account.Gaps.Any(gap => gap.To >= end)));
        if ((pictureEnd < end && !known) || (missing is not null && !spool.Read(account => account.Gaps.Any(gap => gap.Detail == missing))))
        {
            RecordGap(spool, pictureEnd, SessionTime.Later(pictureEnd, end), cause, detail);
        }
    }

    private static void RecordUncovered(SpoolSession spool, DateTimeOffset end, string cause, string? detail)
    {
        var manifest = spool.Read(account =>
            ManifestBuilder.Build(spool.Document, account, spool.Ledger.LastHash)) with { EndedAt = end };
        IEnumerable<Stretch> ofTracks = Coverage.FindUncoveredTracks(manifest).Select(found => found.Stretch);
        foreach (var stretch in Coverage.Union([.. Coverage.FindUncovered(manifest), .. ofTracks]))
        {
            RecordGap(spool, stretch.From, stretch.To, cause, detail);
        }
    }

    private static string? DetailOfSetAside(SpoolSession spool)
    {
        var files = spool.Read(account => account.SetAside.Select(aside => aside.File).ToArray());
        return files.Length == 0 ? null : $"nothing in {string.Join(", ", files)} can be read";
    }

    private static void RecordGap(SpoolSession spool, DateTimeOffset from, DateTimeOffset to, string cause, string? detail = null)
    {
        var opened = spool.Record(account => new GapOpened(account.NextGap, from, cause, detail));
        spool.Record(new GapClosed(opened.Gap, from, to));
    }

    [LoggerMessage(EventId = 340, Level = LogLevel.Warning, Message = "Session {SessionId}: ended the orphaned capture process {ProcessId}")]
    private partial void LogOrphanEnded(string sessionId, int processId);

    [LoggerMessage(EventId = 342, Level = LogLevel.Error, Message = "{File} cannot be made a segment, and was moved to {Aside}")]
    private partial void LogSetAside(string file, string aside, Exception exception);

    [LoggerMessage(EventId = 343, Level = LogLevel.Warning, Message = "{File} could not be made a segment for now")]
    private partial void LogNotRepaired(string file, Exception exception);

    [LoggerMessage(EventId = 341, Level = LogLevel.Information, Message = "Session {SessionId}: {Files} unfinished files became segments")]
    private partial void LogRepaired(string sessionId, int files);
}
