using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Logging;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Wording;
using Spectre.Console;

namespace SessionRecorder.Host.Catalog;

/// <summary><c>show</c>: one recording, with its segments and gaps on one time line.</summary>
internal sealed class ShowView(CatalogOutput output)
{
    /// <summary>Shows.</summary>
    /// <param name="sink">The storage.</param>
    /// <param name="idOrPrefix">The session's id, or the recording's prefix.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The exit code: 0, or 3 when there is no such recording.</returns>
    /// <exception cref="CatalogException">Several recordings have this id.</exception>
    /// <exception cref="StorageException">The storage could not be asked.</exception>
    public async Task<int> RunAsync(IStorageSink sink, string idOrPrefix, CancellationToken cancellationToken)
    {
        var recording = await new RecordingCatalog(sink).FindAsync(idOrPrefix, cancellationToken);
        if (recording is null)
        {
            TellMissing(output, idOrPrefix);
            return ExitCode.NothingToActOn;
        }

        var summary = RecordingSummary.Of(recording, DateTimeOffset.UtcNow);
        switch (output.Form)
        {
            case OutputForm.Json:
                output.WriteJson(new RecordingDetails(summary, recording.Manifest, recording.Session, recording.Open?.Unfinished ?? []) { Sample = recording.Sample }, CatalogFormat.Details);
                break;
            case OutputForm.Table:
                WriteTables(recording, summary);
                break;
            default:
                WriteLines(recording, summary);
                break;
        }

        return 0;
    }

    /// <summary>Says that there is no such recording.</summary>
    public static void TellMissing(CatalogOutput output, string idOrPrefix) => output.Error.WriteLine(
        $"there is no recording '{CatalogOutput.Printable(idOrPrefix)}' in this storage; `session-recorder list` shows what there is");

    private void WriteTables(StoredRecording recording, RecordingSummary summary)
    {
        var facts = new Grid().AddColumns(2);
        foreach (var (name, value) in Facts(recording, summary))
        {
            facts.AddRow(CatalogOutput.Cell(name, new Style(decoration: Decoration.Bold)), CatalogOutput.Cell(value));
        }

        output.Console.Write(facts);
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("from", "to", "what", "");
        foreach (var line in TimeLine(recording))
        {
            table.AddRow(
            [
                CatalogOutput.Cell(CatalogOutput.Moment(line.From)),
                CatalogOutput.Cell(line.To is null ? "" : CatalogOutput.Moment(line.To)),
                CatalogOutput.Cell(line.What, line.What == "gap" ? new Style(Color.Yellow) : Style.Plain),
                CatalogOutput.Cell(line.Detail),
            ]);
        }

        output.Console.Write(table);
    }

    private void WriteLines(StoredRecording recording, RecordingSummary summary)
    {
        foreach (var (name, value) in Facts(recording, summary))
        {
            output.WriteLine(name, value);
        }

        foreach (var line in TimeLine(recording))
        {
            output.WriteLine(CatalogOutput.Moment(line.From), CatalogOutput.Moment(line.To), line.What, line.Detail);
        }
    }

    private static IEnumerable<(string Name, string Value)> Facts(StoredRecording recording, RecordingSummary summary)
    {
        yield return ("session", summary.SessionId);
        yield return ("state", summary.State);
        yield return ("user", summary.User ?? "-");
        yield return ("host", summary.Host ?? "-");
        yield return ("platform", summary.Platform ?? "-");
        yield return ("started", CatalogOutput.Moment(summary.StartedAt));
        yield return ("ended", CatalogOutput.Moment(summary.EndedAt));
        if (summary.LastSign is { } sign)
        {
            yield return ("last sign of life", CatalogOutput.Moment(sign));
        }

        if (recording.Sample is not null)
        {
            yield return ("videos", $"{summary.Segments}; for how long, their files tell");
            yield return ("proof", SampleRecording.NoProof);
            yield return ("stored", $"{Amount.Size(summary.Bytes)} below {summary.Prefix}");
            foreach (var (name, value) in recording.Sample.Metadata)
            {
                yield return (name, value);
            }

            yield break;
        }

        yield return ("picture", $"{CatalogOutput.Time(summary.Duration)} in {Amount.Count(summary.Segments, "segment")}{OfMonitors(recording.Manifest)}");
        yield return ("gaps", $"{CatalogOutput.Time(summary.GapDuration)} in {Amount.Count(summary.Gaps, "gap")}");
        yield return ("stored", $"{Amount.Size(summary.Bytes)} below {summary.Prefix}");
        yield return ("log", summary.LogPieces == 0 ? "none" : $"{Amount.Count(summary.LogPieces, "piece")} below {summary.Prefix}{LogPiece.Folder}");
        if (recording.Manifest is { Recorder: var recorder } manifest)
        {
            string?[] parts = [recorder.Version, recorder.Source, recorder.Encoder, recorder.Ffmpeg];
            yield return ("recorder", string.Join(", ", parts.Where(part => part is not null)));
            yield return ("ledger", manifest.LedgerHash);
        }

        foreach (var (name, value) in recording.Manifest?.Metadata ?? recording.Session?.Metadata ?? new Dictionary<string, string>())
        {
            yield return (name, value);
        }

        if (recording.Fault is { } fault)
        {
            yield return ("fault", fault);
        }
    }

    private static string OfMonitors(Manifest? manifest)
    {
        var monitors = manifest?.Segments.Select(segment => segment.Monitor).OfType<string>().Distinct().Order(StringComparer.Ordinal);
        return monitors?.ToArray() is { Length: > 0 } names ? $", a video for each of {string.Join(", ", names)}" : "";
    }

    private static IEnumerable<Event> TimeLine(StoredRecording recording)
    {
        if (recording.Sample is { } sample)
        {
            return sample.Videos.Select(video => new Event(
                video.StartedAt, null, "video", Join(Amount.Size(video.Bytes), video.LikelyPlays ? null : "does not play", video.Key)));
        }

        var (manifest, open) = (recording.Manifest, recording.Open);
        if (manifest is null)
        {
            return [];
        }

        var displays = manifest.Displays.Select(display => new Event(display.At, null, "display", Describe(display.Monitors)));
        var gaps = manifest.Gaps.Select(gap => new Event(
            gap.From, gap.To, "gap", Join($"{SessionTime.Seconds(gap.To - gap.From)} s", gap.Cause, gap.Detail)));
        var segments = manifest.Segments.Select(segment => new Event(
            segment.StartedAt,
            SessionTime.After(segment.StartedAt, segment.Duration),
            "segment",
            Join(
                segment.Monitor,
                $"{segment.Duration} s",
                Amount.Count(segment.Frames, "frame"),
                $"{segment.Width}x{segment.Height}",
                Amount.Size(segment.Bytes),
                segment.Key)));
        var unfinished = (open?.Unfinished ?? []).Select(segment => new Event(
            segment.StartedAt ?? manifest.StartedAt,
            null,
            "unfinished segment",
            Join(Amount.Size(segment.Bytes), $"in pieces {Upload.TailPiece.Folder}{segment.File}@…")));
        return displays.Concat(gaps).Concat(segments).OrderBy(line => line.From).Concat(unfinished);
    }

    private static string Describe(IReadOnlyList<LedgerMonitor> monitors) => monitors.Count == 0
        ? "none"
        : string.Join("; ", monitors.Select(monitor =>
            $"{monitor.Name} {new PixelRectangle(monitor.X, monitor.Y, monitor.Width, monitor.Height)}"));

    private static string Join(params IEnumerable<string?> parts) => string.Join(", ", parts.Where(part => part is not null));

    private sealed record Event(DateTimeOffset From, DateTimeOffset? To, string What, string Detail);
}
