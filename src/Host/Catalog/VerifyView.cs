using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Wording;
using Spectre.Console;

namespace SessionRecorder.Host.Catalog;

/// <summary><c>verify</c>: proves that a recording is whole and unchanged, or says what is wrong with it.</summary>
internal sealed class VerifyView(CatalogOutput output)
{
    private void TellUnprovable(string prefix) =>
        output.Error.WriteLine($"{CatalogOutput.Printable(prefix)}: {SampleRecording.NoProof}");

    /// <summary>Verifies.</summary>
    /// <param name="sink">The storage.</param>
    /// <param name="idOrPrefix">The session's id, or the recording's prefix.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The exit code: 0 when it is whole, 5 when not, 4 when it is not finished and nothing is wrong, 3 when there is no such recording.</returns>
    /// <exception cref="CatalogException">Several recordings have this id.</exception>
    /// <exception cref="StorageException">The storage could not be asked.</exception>
    public async Task<int> RunAsync(IStorageSink sink, string idOrPrefix, CancellationToken cancellationToken)
    {
        var recording = await new RecordingCatalog(sink).FindAsync(idOrPrefix, cancellationToken);
        if (recording is null)
        {
            ShowView.TellMissing(output, idOrPrefix);
            return ExitCode.NothingToActOn;
        }

        if (recording.Sample is not null)
        {
            TellUnprovable(recording.Prefix);
            return ExitCode.NothingToActOn;
        }

        var report = await VerifyAsync(sink, recording.Prefix, cancellationToken);
        if (output.Form == OutputForm.Json)
        {
            output.WriteJson(report, CatalogFormat.Report);
        }
        else
        {
            Write(report);
        }

        return CodeOf([report]);
    }

    /// <summary>Verifies every recording there is.</summary>
    /// <param name="sink">The storage.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>0 when all are whole, 5 when one is not, 4 when one is not finished, 3 when there is none.</returns>
    public async Task<int> RunAllAsync(IStorageSink sink, CancellationToken cancellationToken)
    {
        var recordings = await new RecordingCatalog(sink).ListAsync("", cancellationToken);
        var reports = new List<VerifyReport>();
        foreach (var recording in recordings)
        {
            if (recording.State == SampleRecording.State)
            {
                TellUnprovable(recording.Prefix);
                continue;
            }

            var report = await VerifyAsync(sink, recording.Prefix, cancellationToken);
            reports.Add(report);
            if (output.Form != OutputForm.Json)
            {
                Write(report);
            }
        }

        if (output.Form == OutputForm.Json)
        {
            output.WriteJson(reports, CatalogFormat.Reports);
        }

        if (reports.Count == 0)
        {
            output.Error.WriteLine("no recordings");
            return ExitCode.NothingToActOn;
        }

        return CodeOf(reports);
    }

    private static int CodeOf(IReadOnlyList<VerifyReport> reports) =>
        reports.Any(report => report.Faults.Count > 0) ? ExitCode.VerificationFailed
        : reports.Any(report => !report.IsWhole) ? ExitCode.NotDelivered
        : ExitCode.Done;

    private async Task<VerifyReport> VerifyAsync(IStorageSink sink, string prefix, CancellationToken cancellationToken)
    {
        if (output.Form != OutputForm.Table)
        {
            return await SessionVerifier.VerifyAsync(sink, prefix, new LineProgress(output.Error), cancellationToken);
        }

        return await output.Console.Progress().AutoClear(true).StartAsync(context =>
        {
            var bar = context.AddTask("reading", maxValue: 1);
            return SessionVerifier.VerifyAsync(sink, prefix, new BarProgress(bar), cancellationToken);
        });
    }

    private void Write(VerifyReport report)
    {
        foreach (var fault in report.Faults)
        {
            WriteLine($"{fault.Object}: {fault.Fault}", new Style(Color.Red));
        }

        foreach (var open in report.Unproven.Concat(report.Remarks))
        {
            WriteLine($"{open.Object}: {open.Fault}", new Style(Color.Yellow));
        }

        var name = report.SessionId ?? report.Prefix;
        var read = $"{Amount.Count(report.Segments, "segment")} ({Amount.Size(report.Bytes)}), {Amount.Count(report.Gaps, "gap")}, "
            + Amount.Count(report.LedgerLines, "ledger line");
        WriteLine(
            report.IsWhole ? $"{name}: whole and unchanged: {read}"
                : report.Faults.Count == 0
                ? $"{name}: nothing is wrong, and it is not finished: {read}; it is still recorded, or was interrupted and is to be recovered"
                : $"{name}: {Amount.Count(report.Faults.Count, "fault")}: {read}",
            StyleOf(report));
    }

    private static Style StyleOf(VerifyReport report) =>
        new(report.IsWhole ? Color.Green : report.Faults.Count == 0 ? Color.Yellow : Color.Red);

    private void WriteLine(string text, Style style)
    {
        if (output.Form == OutputForm.Table)
        {
            output.Console.Write(CatalogOutput.Cell(text, style));
            output.Console.WriteLine();
        }
        else
        {
            output.WriteLine(text);
        }
    }

    private sealed class BarProgress(ProgressTask bar) : IProgress<VerifyProgress>
    {
        public void Report(VerifyProgress value)
        {
            bar.MaxValue = Math.Max(1, value.OfBytes);
            bar.Value = value.Bytes;
            bar.Description = $"reading {value.Segments} of {Amount.Count(value.OfSegments, "segment")}";
        }
    }

    /// <summary>A line for each tenth of a long reading.</summary>
    private sealed class LineProgress(TextWriter lines) : IProgress<VerifyProgress>
    {
        private const int Long = 20;
        private int _told;

        public void Report(VerifyProgress value)
        {
            if (value.OfSegments >= Long && value.Segments * 10 / value.OfSegments is var tenths && tenths > _told)
            {
                _told = tenths;
                lines.WriteLine($"read {value.Segments} of {Amount.Count(value.OfSegments, "segment")}");
            }
        }
    }
}
