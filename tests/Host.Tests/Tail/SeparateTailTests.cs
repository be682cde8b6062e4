using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;
using SessionRecorder.Host.Upload;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Tail;

/// <summary>A video a monitor, of a machine that is gone: each monitor's picture stays its own.</summary>
public sealed class SeparateTailTests : IDisposable
{
    private const string Prefix = GrowingSession.Prefix;
    private static readonly string[] Monitors = ["left", "right"];

    private readonly TestSpool _spool = new();
    private readonly TemporarySink _sink = new();
    private readonly SpoolSession _session;

    public SeparateTailTests()
    {
        _session = _spool.Root.Create(TestSpool.Document());
        _session.Record(new GapOpened(1, TestSpool.At(0), GapCause.Starting, null));
        _session.Record(new CaptureStarted(
            1,
            TestSpool.At(1),
            "2560x720+0+0",
            5,
            "fake",
            "none",
            "fake 1",
            4711,
            "99",
            [new LedgerTrack("left", "1280x720+0+0"), new LedgerTrack("right", "1280x720+1280+0")]));
        _session.Record(new GapClosed(1, TestSpool.At(0), TestSpool.At(1)));
    }

    public void Dispose()
    {
        _session.Dispose();
        _spool.Dispose();
    }

    [Fact]
    public async Task What_the_tail_holds_of_lost_segments_is_given_back_to_the_monitor_that_it_shows()
    {
        var lost = await InterruptAsync();

        var result = Assert.Single(await RecoverAsync());

        Assert.True(result.IsDelivered, result.Reason);
        var manifest = ManifestJson.Parse(_sink.Objects[Prefix + "manifest.json"]);
        foreach (var (monitor, bytes) in lost)
        {
            var segment = Assert.Single(manifest.Segments, segment => _sink.Objects[Prefix + segment.Key].AsSpan().SequenceEqual(bytes));
            Assert.Equal(monitor, segment.Monitor);
        }

        Assert.Empty((await VerifyAsync()).Faults);
    }

    [Fact]
    public async Task The_machine_that_comes_back_with_the_segments_that_were_lost_has_the_last_word()
    {
        await InterruptAsync();
        await RecoverAsync();

        var repair = new SessionRepair(new LengthSource(), 5, NullLogger<SessionRepair>.Instance);
        var end = await repair.RunAsync(_session, continues: false, TestContext.Current.CancellationToken);
        SessionSealer.Seal(_session, end, "recovered");
        await using var delivery = Deliver(TimeSpan.Zero);

        Assert.True(await delivery.DrainAsync(TestContext.Current.CancellationToken), delivery.Status[0].LastError);
        Assert.DoesNotContain(
            ManifestJson.Parse(_sink.Objects[Prefix + "manifest.json"]).Segments,
            segment => segment.Key.EndsWith(".tail.mp4", StringComparison.Ordinal));
        Assert.Empty((await VerifyAsync()).Faults);
    }

    /// <summary>Both monitors' second files are closed, the right one's first, and of each only the beginning has left the machine.</summary>
    private async Task<Dictionary<string, byte[]>> InterruptAsync()
    {
        await using var delivery = Deliver(TimeSpan.FromSeconds(0.03));
        Grow(0, 0, 100);
        Grow(1, 0, 100);
        SegmentClosed[] first = [Close(0, 0, 1), Close(1, 0, 1)];
        delivery.Notify();
        await Wait.UntilAsync(GrowingSession.Patience, () => first.All(segment => _sink.Objects.ContainsKey(Prefix + segment.Key)), "the first are stored");
        var begun = Monitors.Index().ToDictionary(track => track.Item, track => Grow(track.Index, 1, 60));
        for (var track = 0; track < Monitors.Length; track++)
        {
            await GrowingSession.UntilStoredAsync(_sink, NameOf(track, 1), begun[Monitors[track]]);
        }

        _sink.Hangs = key => key.EndsWith(".mp4", StringComparison.Ordinal) || key.Contains("-000001.mp4@", StringComparison.Ordinal);
        Grow(0, 1, 40);
        Grow(1, 1, 40);
        Close(1, 1, 11);
        Close(0, 1, 11);
        await delivery.DisposeAsync();

        // The segments' lines are there.
        var ledger = new MemoryStream();
        await using (var file = new FileStream(_session.Ledger.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            await file.CopyToAsync(ledger, TestContext.Current.CancellationToken);
        }

        _sink.Objects[Prefix + new TailPiece("ledger.jsonl", 0, ledger.Length).Key] = ledger.ToArray();
        _sink.Hangs = _ => false;
        return begun;
    }

    private static string NameOf(int track, int number) => $"c000001-m{track}-{number:D6}.mp4";

    private byte[] Grow(int track, int number, int bytes)
    {
        var path = Path.Combine(_session.OpenDirectory, NameOf(track, number));
        var grown = new byte[bytes];
        Random.Shared.NextBytes(grown);
        using (var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            file.Write(grown);
        }

        return File.ReadAllBytes(path);
    }

    private SegmentClosed Close(int track, int number, double startsAt)
    {
        var path = Path.Combine(_session.OpenDirectory, NameOf(track, number));
        return _session.AcceptSegment(
            path, 1, TestSpool.At(startsAt), GrowingSession.FactsOf(new FileInfo(path).Length), Monitors[track]);
    }

    private Delivery Deliver(TimeSpan tailInterval)
    {
        var delivery = new Delivery(
            _session,
            new Dictionary<string, IStorageSink> { ["archive"] = _sink },
            TimeProvider.System,
            NullLogger<Delivery>.Instance,
            tailInterval);
        delivery.Start();
        return delivery;
    }

    private Task<IReadOnlyList<StorageRecoveryResult>> RecoverAsync()
    {
        var recovery = new StorageRecovery(
            Path.Combine(_spool.Folder, "elsewhere"),
            new SessionRepair(new LengthSource(), 5, NullLogger<SessionRepair>.Instance),
            _ => false,
            TrustPolicy.Off,
            new FakeTimeProvider(_sink.ModifiedAt + TimeSpan.FromHours(1)),
            NullLoggerFactory.Instance);
        return recovery.RunAsync("elsewhere", _sink, "", null, OpenSession.Silence, _ => { }, TestContext.Current.CancellationToken);
    }

    private Task<VerifyReport> VerifyAsync() =>
        SessionVerifier.VerifyAsync(_sink, Prefix, null, TestContext.Current.CancellationToken);
}
