using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Catalog;

/// <summary>A recording of 32 s in a store: three segments, a gap at the start and one for a display change.</summary>
internal sealed class StoredSession
{
    public const string Prefix = "recordings/local/desk-7/zoe/session-1/";

    public StoredSession(string id = "session-1", bool isSealed = true, MemorySink? sink = null, string? prefix = null)
    {
        Sink = sink ?? new MemorySink();
        using var spool = new TestSpool();
        var document = TestSpool.Document(id);
        using var session = spool.Root.Create(document);
        Record(spool, session);
        Store(session, prefix ?? document.Prefix, isSealed);
    }

    public MemorySink Sink { get; }

    public static DateTimeOffset End => TestSpool.Start.AddSeconds(32);

    public byte[] this[string name]
    {
        get => Sink.Objects[Prefix + name];
        set => Sink.Objects[Prefix + name] = value;
    }

    public IReadOnlyList<string> Segments =>
        [.. Sink.Objects.Keys.Where(key => key.EndsWith(".mp4", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>The facts of the recording, as a recorder tells them.</summary>
    public static void Record(TestSpool spool, SpoolSession session)
    {
        var start = TestSpool.Start;
        var monitor = new LedgerMonitor("screen", 0, 0, 1280, 720, 1, true);
        session.Record(new DisplayChanged(start, [monitor]));
        session.Record(new GapOpened(1, start, GapCause.Starting, null));
        spool.Pass(1);
        session.Record(new CaptureStarted(
            1, start.AddSeconds(1), "1280x720+0+0", 5, "x11grab", "libx264", "ffmpeg 5.1.9", 4711, "99"));
        session.Record(new GapClosed(1, start, start.AddSeconds(1)));
        spool.Pass(20);
        TestSpool.AddSegment(session, 1);
        TestSpool.AddSegment(session, 11.2, 9.5);
        session.Record(new GapOpened(2, start.AddSeconds(20.7), GapCause.DisplayChanged, "1280x720 to 1920x1080"));
        session.Record(new CaptureEnded(1, "stopped", null));
        session.Record(new DisplayChanged(start.AddSeconds(20.8), [monitor with { Width = 1920, Height = 1080 }]));
        session.Record(new GapClosed(2, start.AddSeconds(20.7), start.AddSeconds(22)));
        spool.Pass(11);
        TestSpool.AddSegment(session, 22);
    }

    private void Store(SpoolSession session, string prefix, bool isSealed)
    {
        Sink.Objects[prefix + "session.json"] = File.ReadAllBytes(Path.Combine(session.Directory, "session.json"));
        foreach (var segment in session.Read(account => account.Segments.ToArray()))
        {
            Sink.Objects[prefix + segment.Key] = File.ReadAllBytes(session.PathOf(segment.Key));
        }

        if (!isSealed)
        {
            var manifest = session.Read(a => ManifestBuilder.Build(session.Document, a, session.Ledger.LastHash));
            Sink.Objects[prefix + "manifest.json"] = ManifestJson.Serialize(manifest);
            return;
        }

        var stored = SessionSealer.Seal(session, End, "complete");
        Sink.Objects[prefix + "manifest.json"] = stored.Manifest;
        using var ledger = session.Ledger.OpenSealed();
        var bytes = new MemoryStream();
        ledger.CopyTo(bytes);
        Sink.Objects[prefix + "ledger.jsonl"] = bytes.ToArray();
    }
}
