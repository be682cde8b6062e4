using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;
using SessionRecorder.Tests.Spool;
using SessionRecorder.Tests.Tail;

namespace SessionRecorder.Tests.Upload;

/// <summary>A sink is added to the configuration when some of a session was delivered and deleted here already.</summary>
public sealed class NewSinkTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestSpool _spool = new();
    private readonly FaultySink _first = new();
    private readonly FaultySink _second = new();

    public void Dispose() => _spool.Dispose();

    [Fact]
    public async Task It_gets_what_is_still_there_and_the_session_is_delivered_with_a_note_of_what_it_lacks()
    {
        var gone = await RecordAsync(segments: 2);
        using var session = _spool.Root.TryAcquire("session-1")!;
        var kept = TestSpool.AddSegment(session, 20);

        await using var delivery = new Delivery(session, Both, TimeProvider.System, NullLogger<Delivery>.Instance);
        SessionSealer.Seal(session, TestSpool.At(30), "recovered");

        Assert.True(await DrainAsync(delivery));
        Assert.Equal([kept.Key], Videos(_second));
        Assert.Equal(2, delivery.Status.Single(sink => sink.Sink == "second").Lacking);
        Assert.Equal(0, delivery.Status.Single(sink => sink.Sink == "first").Lacking);
        var told = Assert.Single(SinkText.Lacking("session-1", delivery.Status));
        Assert.Contains("sink second", told, StringComparison.Ordinal);
        Assert.Contains("2 segments", told, StringComparison.Ordinal);
        Assert.Empty((await VerifyAsync(_first)).Faults);
        Assert.Equal(gone, (await VerifyAsync(_second)).Faults.Select(fault => fault.Object));
        Assert.All((await VerifyAsync(_second)).Faults, fault => Assert.Contains("not in second", fault.Fault, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_session_left_behind_is_recovered_for_good_and_its_stored_ledger_tells_what_the_sink_lacks()
    {
        var gone = await RecordAsync(segments: 2);

        var recovered = Assert.Single(await NewRecovery().RunAsync(_ => { }, TestContext.Current.CancellationToken));

        Assert.True(recovered.Delivered, recovered.Error);
        Assert.Empty(_spool.Root.ListIds());
        var facts = new List<LedgerFact?>();
        LedgerReader.Scan(
            new MemoryStream(_second.Objects[TestSpool.Document().Prefix + "ledger.jsonl"]), "ledger.jsonl", line => facts.Add(line.Fact));
        var lacks = Assert.Single(facts.OfType<SinkLacks>());
        Assert.Equal("second", lacks.Sink);
        Assert.Equal(gone, lacks.Segments);
    }

    [Fact]
    public async Task A_session_that_was_sealed_before_is_delivered_to_it_too_as_far_as_it_goes()
    {
        await RecordAsync(segments: 2, isSealed: true);

        var recovered = Assert.Single(await NewRecovery().RunAsync(_ => { }, TestContext.Current.CancellationToken));

        Assert.True(recovered.Delivered, recovered.Error);
        Assert.Equal(2, recovered.Sinks.Single(sink => sink.Sink == "second").Lacking);
        Assert.Contains(TestSpool.Document().Prefix + "manifest.json", _second.Objects.Keys);
    }

    [Fact]
    public async Task A_file_that_is_gone_before_a_sink_of_its_time_confirmed_it_is_never_passed_off_as_delivered()
    {
        var down = new FaultySink { Fault = put => put.Key.EndsWith(".mp4", StringComparison.Ordinal) ? NoAnswer(put) : null };
        using var session = _spool.Root.Create(TestSpool.Document());
        var segment = TestSpool.AddSegment(session, 0);
        var both = new Dictionary<string, IStorageSink> { ["first"] = _first, ["second"] = down };
        await using (var delivery = new Delivery(session, both, TimeProvider.System, NullLogger<Delivery>.Instance))
        {
            delivery.Start();
            await Wait.UntilAsync(Patience, () => session.Read(account => account.Delivery.IsConfirmed("first", segment.Key, segment.Sha256)));
        }

        File.Delete(session.PathOf(segment.Key));
        SessionSealer.Seal(session, TestSpool.At(10), "complete");
        var three = new Dictionary<string, IStorageSink> { ["first"] = _first, ["second"] = _second, ["third"] = new FaultySink() };
        await using var later = new Delivery(session, three, TimeProvider.System, NullLogger<Delivery>.Instance);

        Assert.False(await DrainAsync(later));
        Assert.All(later.Status, sink => Assert.Equal(0, sink.Lacking));
        Assert.All(later.Status.Where(sink => sink.Sink != "first"), sink => Assert.Equal(1, sink.Refused));
    }

    [Fact]
    public async Task What_the_old_sinks_have_stays_proven_there()
    {
        var gone = await RecordAsync(segments: 2);
        using var session = _spool.Root.TryAcquire("session-1")!;
        await using (var delivery = new Delivery(session, Both, TimeProvider.System, NullLogger<Delivery>.Instance))
        {
            delivery.Start();
            await Wait.UntilAsync(Patience, () => session.Read(account => account.Delivery.IsConfirmedAtAll("second", SessionObjects.SessionKey)));
        }

        // To a reader of the first sink who finds the last segment missing, it is not "on its way".
        Assert.True(session.Read(account => account.Delivery.IsConfirmedEverywhere(gone[^1], account.Segments[^1].Sha256)));
    }

    private IReadOnlyDictionary<string, IStorageSink> Both =>
        new Dictionary<string, IStorageSink> { ["first"] = _first, ["second"] = _second };

    /// <summary>Records for the first sink alone until it has all and nothing of it is left here.</summary>
    private async Task<string[]> RecordAsync(int segments, bool isSealed = false)
    {
        using var session = _spool.Root.Create(TestSpool.Document());
        for (var i = 0; i < segments; i++)
        {
            TestSpool.AddSegment(session, i * 10);
        }

        if (isSealed)
        {
            SessionSealer.Seal(session, TestSpool.At(segments * 10), "complete");
        }

        var alone = new Dictionary<string, IStorageSink> { ["first"] = _first };
        await using var delivery = new Delivery(session, alone, TimeProvider.System, NullLogger<Delivery>.Instance);
        delivery.Start();
        await Wait.UntilAsync(Patience, () => Directory.GetFiles(session.VideoDirectory).Length == 0);
        return session.Read(account => account.Segments.Select(segment => segment.Key).ToArray());
    }

    private OrphanRecovery NewRecovery() => new(
        _spool.Root,
        new SessionRepair(new LengthSource(), 5, NullLogger<SessionRepair>.Instance),
        _ => Both,
        TimeProvider.System,
        NullLoggerFactory.Instance);

    private static string[] Videos(FaultySink sink) =>
        [.. sink.Objects.Keys.Where(key => key.EndsWith(".mp4", StringComparison.Ordinal)).Select(key => key[TestSpool.Document().Prefix.Length..])];

    private static StorageException NoAnswer(StoragePut put) => new("no answer", StorageFailure.Unreachable, isTransient: true, put.Key);

    private static async Task<VerifyReport> VerifyAsync(FaultySink sink) =>
        await SessionVerifier.VerifyAsync(sink, TestSpool.Document().Prefix, null, TestContext.Current.CancellationToken);

    private static async Task<bool> DrainAsync(Delivery delivery)
    {
        using var deadline = new CancellationTokenSource(Patience);
        return await delivery.DrainAsync(deadline.Token);
    }
}
