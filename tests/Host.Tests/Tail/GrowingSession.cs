using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Tail;

/// <summary>A session whose files grow, as a recorder's do.</summary>
internal sealed class GrowingSession : IDisposable
{
    public const string Prefix = "recordings/local/desk-7/zoe/session-1/";

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestSpool _spool = new();
    private double _end = 1;

    public GrowingSession(bool isProvisional = false)
    {
        var document = TestSpool.Document();
        Session = _spool.Root.Create(isProvisional ? document with { Provisional = true, Prefix = "recordings/unknown/session-1/" } : document);
        Session.Record(account => new GapOpened(account.NextGap, TestSpool.At(0), GapCause.Starting, null));
        Session.Record(new CaptureStarted(1, TestSpool.At(1), "1280x720+0+0", 5, "fake", "none", "fake 1", 4711, "99"));
        Session.Record(new GapClosed(1, TestSpool.At(0), TestSpool.At(1)));
    }

    public SpoolSession Session { get; private set; }

    /// <summary>A tenth of a second is a byte here.</summary>
    public static SegmentFacts FactsOf(long length) => TestSpool.Facts(length / 10.0);

    public static string NameOf(int number) => $"c000001-{number:D6}.mp4";

    public Delivery Deliver(IStorageSink sink, double seconds = 0.03) => Deliver(seconds, ("archive", sink));

    /// <summary>With a clock of the test's own; a tail piece a second.</summary>
    public Delivery Deliver(IStorageSink sink, TimeProvider time)
    {
        var delivery = new Delivery(
            Session, new Dictionary<string, IStorageSink> { ["archive"] = sink }, time, NullLogger<Delivery>.Instance, TimeSpan.FromSeconds(1));
        delivery.Start();
        return delivery;
    }

    public Delivery Deliver(double seconds, params (string Name, IStorageSink Sink)[] sinks)
    {
        var delivery = new Delivery(
            Session,
            sinks.ToDictionary(sink => sink.Name, sink => sink.Sink),
            TimeProvider.System,
            NullLogger<Delivery>.Instance,
            TimeSpan.FromSeconds(seconds));
        delivery.Start();
        return delivery;
    }

    /// <summary>The open file grows.</summary>
    public byte[] Grow(int number, int bytes)
    {
        var path = Path.Combine(Session.OpenDirectory, NameOf(number));
        var grown = new byte[bytes];
        Random.Shared.NextBytes(grown);
        using (var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            file.Write(grown);
        }

        return File.ReadAllBytes(path);
    }

    /// <summary>The open file becomes a segment.</summary>
    public SegmentClosed Close(int number)
    {
        var path = Path.Combine(Session.OpenDirectory, NameOf(number));
        var facts = FactsOf(new FileInfo(path).Length);
        var segment = Session.AcceptSegment(path, 1, TestSpool.At(_end), facts);
        _end += facts.Duration.TotalSeconds;
        return segment;
    }

    /// <summary>The recorder dies, and another takes the session over.</summary>
    public void Restart()
    {
        Session.Dispose();
        Session = _spool.Root.TryAcquire("session-1")!;
    }

    public void Seal() => SessionSealer.Seal(Session, TestSpool.At(_end), "complete");

    private byte[] ReadLedger()
    {
        using var file = new FileStream(Session.Ledger.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>What storage holds of a growing file.</summary>
    public static async Task<byte[]> ReadTailAsync(IStorageSink sink, string file)
    {
        var stored = new List<StoredObject>();
        await foreach (var found in sink.ListAsync(Prefix, CancellationToken.None))
        {
            stored.Add(found);
        }

        var bytes = new MemoryStream();
        await StoredTail.Of(Prefix, stored).CopyAsync(sink, file, bytes, CancellationToken.None);
        return bytes.ToArray();
    }

    public static Task UntilStoredAsync(IStorageSink sink, string file, byte[] bytes) => Wait.UntilAsync(
        Patience,
        () => ReadTailAsync(sink, file).GetAwaiter().GetResult().AsSpan().SequenceEqual(bytes), $"{file} is stored up to its end");

    /// <summary>Compared anew each time: a line that tells of a delivery may follow at any moment.</summary>
    public Task UntilLedgerStoredAsync(IStorageSink sink) => Wait.UntilAsync(
        Patience,
        () => ReadTailAsync(sink, "ledger.jsonl").GetAwaiter().GetResult().AsSpan().SequenceEqual(ReadLedger()), "the ledger is stored up to its end");

    public void Dispose()
    {
        Session.Dispose();
        _spool.Dispose();
    }
}
