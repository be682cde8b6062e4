using SessionRecorder.Host.Wording;
using Spectre.Console;

namespace SessionRecorder.Host.Catalog;

/// <summary><c>list</c>: the recordings that a sink holds.</summary>
internal sealed class ListView(CatalogOutput output)
{
    private static readonly string[] Figures = ["duration", "segments", "gaps", "gap time", "size"];

    /// <summary>Lists.</summary>
    /// <param name="sink">The storage.</param>
    /// <param name="prefix">What the recordings' prefixes begin with; empty for all.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <returns>The exit code: 0, also when there is none.</returns>
    /// <exception cref="StorageException">The storage could not be asked.</exception>
    public async Task<int> RunAsync(IStorageSink sink, string prefix, CancellationToken cancellationToken)
    {
        var summaries = await new RecordingCatalog(sink).ListAsync(prefix, cancellationToken);
        switch (output.Form)
        {
            case OutputForm.Json:
                output.WriteJson(summaries, CatalogFormat.Summaries);
                break;
            case OutputForm.Table when summaries.Count > 0:
                WriteTable(summaries);
                break;
            default:
                WriteLines(summaries);
                break;
        }

        if (summaries.Count == 0)
        {
            output.Error.WriteLine("no recordings");
        }

        return 0;
    }

    private void WriteTable(IReadOnlyList<RecordingSummary> summaries)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("session", "user", "host", "state", "started");
        foreach (var name in Figures)
        {
            table.AddColumn(new TableColumn(name).RightAligned());
        }

        foreach (var summary in summaries)
        {
            table.AddRow(
            [
                CatalogOutput.Cell(summary.SessionId),
                CatalogOutput.Cell(summary.User ?? "-"),
                CatalogOutput.Cell(summary.Host ?? "-"),
                CatalogOutput.Cell(StateOf(summary), StyleOf(summary)),
                CatalogOutput.Cell(CatalogOutput.Moment(summary.StartedAt)),
                CatalogOutput.Cell(CatalogOutput.Time(summary.Duration)),
                CatalogOutput.Cell($"{summary.Segments}"),
                CatalogOutput.Cell($"{summary.Gaps}"),
                CatalogOutput.Cell(CatalogOutput.Time(summary.GapDuration)),
                CatalogOutput.Cell(Amount.Size(summary.Bytes)),
            ]);
        }

        output.Console.Write(table);
    }

    private static string StateOf(RecordingSummary summary) =>
        summary.LastSign is { } sign ? $"{summary.State} (last sign of life {CatalogOutput.Moment(sign)})" : summary.State;

    private static Style StyleOf(RecordingSummary summary) => summary.State switch
    {
        "complete" => new Style(Color.Green),
        "unreadable" => new Style(Color.Red),
        _ => new Style(Color.Yellow),
    };

    private void WriteLines(IReadOnlyList<RecordingSummary> summaries)
    {
        foreach (var summary in summaries)
        {
            output.WriteLine(
                summary.SessionId,
                summary.User ?? "-",
                summary.Host ?? "-",
                summary.Platform ?? "-",
                StateOf(summary),
                CatalogOutput.Moment(summary.StartedAt),
                CatalogOutput.Time(summary.Duration),
                Amount.Count(summary.Segments, "segment"),
                Amount.Count(summary.Gaps, "gap"),
                CatalogOutput.Time(summary.GapDuration),
                Amount.Count(summary.Bytes, "byte"),
                summary.Prefix);
        }
    }
}
