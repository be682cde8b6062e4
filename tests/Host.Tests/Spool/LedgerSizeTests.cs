using System.Diagnostics;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Tests.Spool;

/// <summary>Alone, for what other tests hold meanwhile would be counted.</summary>
[CollectionDefinition(nameof(LedgerSizeTests), DisableParallelization = true)]
public sealed class LedgerSizeGroup;

[Collection(nameof(LedgerSizeTests))]
public sealed class LedgerSizeTests : IDisposable
{
    private const int Segments = 10_000;
    private readonly TestSpool _spool = new();

    public void Dispose() => _spool.Dispose();

    [Fact]
    public void A_session_of_ten_thousand_segments_reopens_quickly_and_stays_small()
    {
        using (var session = _spool.Root.Create(TestSpool.Document()))
        {
        }

        WriteLines(Path.Combine(_spool.Root.Path, "session-1", "ledger.jsonl"));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var watch = Stopwatch.StartNew();
        using var again = _spool.Root.TryAcquire("session-1")!;
        watch.Stop();
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;

        Assert.Equal(Segments, again.Read(account => account.NextSegment));
        Assert.Equal((4 * Segments) + 1, again.Ledger.Lines);
        TestContext.Current.SendDiagnosticMessage(
            $"{again.Ledger.Lines} lines reopened in {watch.ElapsedMilliseconds} ms, {held / 1024} kB held");
        // The promise is a second on an idle machine; a busy one gets ten.
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
        Assert.InRange(held, 0, 16 * 1024 * 1024);
    }

    // As the recorder writes them, but without a flush for each.
    private static void WriteLines(string path)
    {
        var seq = 1L;
        var prev = LedgerLine.HashOf(File.ReadAllBytes(path).AsSpan(..^1));
        using var file = new FileStream(path, FileMode.Append);
        void Add(LedgerFact fact)
        {
            var line = LedgerLine.Encode(seq++, TestSpool.Start, prev, fact);
            prev = LedgerLine.HashOf(line.AsSpan(..^1));
            file.Write(line);
        }

        for (var i = 0; i < Segments; i++)
        {
            var start = TestSpool.Start.AddSeconds(i * 10);
            var (key, sha256) = (SegmentName.Key(i, start), LedgerLine.HashOf(BitConverter.GetBytes(i)));
            Add(new SegmentClosed(i, 1, key, start, 10, 50, 1280, 720, 600_000, sha256));
            Add(new Uploaded("vault", key, sha256));
            Add(new Uploaded("backup", key, sha256));
            Add(new Uploaded("vault", "manifest.json", sha256));
        }
    }
}
