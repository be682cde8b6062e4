using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;
using SessionRecorder.Host.Upload;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Tail;

/// <summary>What storage alone tells of a session whose machine is gone, and what is made of it.</summary>
public sealed class StorageRecoveryTests : IDisposable
{
    private readonly GrowingSession _growing = new();
    private readonly TemporarySink _sink = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("from-storage-test-").FullName;

    public void Dispose()
    {
        _growing.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_interrupted_session_is_listed_shown_and_checked_as_it_lies_there()
    {
        var (segment, open) = await InterruptAsync();

        var recording = (await new RecordingCatalog(_sink).FindAsync("session-1", CancellationToken.None))!;
        var summary = RecordingSummary.Of(recording, _sink.ModifiedAt + TimeSpan.FromHours(1));
        Assert.Equal(("interrupted", 1, 1, _sink.ModifiedAt), (summary.State, summary.Segments, summary.Unfinished, summary.LastSign));
        Assert.Equal("recording", RecordingSummary.Of(recording, _sink.ModifiedAt + TimeSpan.FromMinutes(1)).State);
        var unfinished = Assert.Single(recording.Open!.Unfinished);
        Assert.Equal((segment.StartedAt.AddSeconds(segment.Duration), (long)open.Length), (unfinished.StartedAt, unfinished.Bytes));

        var report = await VerifyAsync();
        Assert.Empty(report.Faults);
        Assert.False(report.IsWhole);
        Assert.Contains(report.Unproven, what => what.Object == "ledger.jsonl");
        Assert.Contains(report.Unproven, what => what.Object == "tail/c000001-000001.mp4");
    }

    [Fact]
    public async Task A_changed_piece_of_the_ledger_and_a_changed_segment_are_faults()
    {
        var (segment, _) = await InterruptAsync();
        _sink.Objects[GrowingSession.Prefix + segment.Key][0] ^= 1;
        Assert.Contains((await VerifyAsync()).Faults, fault => fault.Object == segment.Key);

        _sink.Objects[GrowingSession.Prefix + segment.Key][0] ^= 1;
        var piece = _sink.Tail.First(key => key.Contains("ledger", StringComparison.Ordinal));
        _sink.Objects[piece][_sink.Objects[piece].Length / 2] ^= 1;
        Assert.NotEmpty((await VerifyAsync()).Faults);
    }

    [Fact]
    public async Task What_its_machine_stored_of_the_log_stays_and_is_no_object_too_many()
    {
        await InterruptAsync();
        _sink.Objects[GrowingSession.Prefix + "log/000000.jsonl"] = "{}\n"u8.ToArray();
        Assert.Empty((await VerifyAsync()).Faults);

        Assert.True(Assert.Single(await RecoverAsync()).IsDelivered);

        Assert.Empty((await VerifyAsync()).Faults);
        Assert.Single(_sink.Objects.Keys, key => key.Contains("/log/", StringComparison.Ordinal));
        var recording = (await new RecordingCatalog(_sink).FindAsync("session-1", CancellationToken.None))!;
        Assert.Equal(1, recording.LogPieces);
    }

    [Fact]
    public async Task It_is_recovered_from_storage_and_its_tail_cleaned_up()
    {
        var (_, open) = await InterruptAsync();

        var result = Assert.Single(await RecoverAsync());

        Assert.True(result.IsDelivered, result.Reason);
        var manifest = Manifest();
        Assert.Equal(("recovered", 2), (manifest.State, manifest.Segments.Count));
        Assert.EndsWith(".tail.mp4", manifest.Segments[1].Key, StringComparison.Ordinal);
        Assert.Equal(open, _sink.Objects[GrowingSession.Prefix + manifest.Segments[1].Key]);
        Assert.Contains(manifest.Gaps, gap => gap.Cause == GapCause.RecorderDied);
        Assert.Empty(_sink.Tail);
        Assert.Empty((await VerifyAsync()).Faults);
        Assert.Empty(await RecoverAsync());
        Assert.Empty(Directory.GetDirectories(Path.Combine(_folder, "one")));
    }

    [Fact]
    public async Task A_session_that_may_still_be_recorded_is_left_alone()
    {
        await InterruptAsync();
        var before = _sink.Objects.ToDictionary();

        var result = Assert.Single(await RecoverAsync(now: _sink.ModifiedAt + TimeSpan.FromMinutes(9)));

        Assert.True(result.IsSkipped);
        Assert.Contains("last sign of life", result.Reason, StringComparison.Ordinal);
        Assert.Equal(before, _sink.Objects.ToDictionary());
    }

    [Fact]
    public async Task Several_at_once_store_the_same()
    {
        await InterruptAsync();

        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => RecoverAsync($"place-{i}")));

        Assert.Contains(results, found => found.Any(result => result.IsDelivered));
        Assert.Empty((await VerifyAsync()).Faults);
        Assert.Empty(_sink.Tail);
        Assert.Equal(2, Manifest().Segments.Count);
    }

    [Fact]
    public async Task One_that_died_before_it_stored_the_manifest_is_finished_by_the_next()
    {
        await InterruptAsync();
        _sink.Refuses = key => key.EndsWith("manifest.json", StringComparison.Ordinal);
        Assert.False(Assert.Single(await RecoverAsync()).IsDelivered);
        var ledger = _sink.Objects[GrowingSession.Prefix + "ledger.jsonl"];
        _sink.Refuses = _ => false;
        _sink.ModifiedAt += TimeSpan.FromSeconds(5);

        Assert.True(Assert.Single(await RecoverAsync()).IsDelivered);

        Assert.Equal(ledger, _sink.Objects[GrowingSession.Prefix + "ledger.jsonl"]);
        Assert.Empty((await VerifyAsync()).Faults);
        Assert.Empty(_sink.Tail);
    }

    [Fact]
    public async Task A_segment_that_was_closed_and_on_its_way_is_made_of_its_tail()
    {
        await InterruptAsync(closeLast: true);

        Assert.True(Assert.Single(await RecoverAsync()).IsDelivered);

        var manifest = Manifest();
        Assert.Equal(2, manifest.Segments.Count);
        Assert.DoesNotContain(manifest.Segments, segment => segment.Key.EndsWith(".tail.mp4", StringComparison.Ordinal));
        Assert.Empty((await VerifyAsync()).Faults);
    }

    [Fact]
    public async Task A_segment_that_is_nowhere_is_a_gap_and_the_recording_verifies_all_the_same()
    {
        await InterruptAsync(closeLast: true);
        foreach (var key in _sink.Tail.Where(key => key.Contains("c000001", StringComparison.Ordinal)).ToArray())
        {
            _sink.Objects.TryRemove(key, out _);
        }

        Assert.True(Assert.Single(await RecoverAsync()).IsDelivered);

        var manifest = Manifest();
        Assert.Single(manifest.Segments);
        Assert.Contains(manifest.Gaps, gap => gap.Cause == GapCause.NotStored);
        Assert.Empty((await VerifyAsync()).Faults);
    }

    [Fact]
    public async Task A_segment_whose_tail_lacks_its_end_keeps_its_picture_up_to_there()
    {
        await InterruptAsync(closeLast: true);
        var last = _sink.Tail.Last(key => key.Contains("c000001", StringComparison.Ordinal));
        _sink.Objects.TryRemove(last, out _);

        Assert.True(Assert.Single(await RecoverAsync()).IsDelivered);

        Assert.Contains(Manifest().Segments, segment => segment.Key.EndsWith(".tail.mp4", StringComparison.Ordinal));
        Assert.Empty((await VerifyAsync()).Faults);
    }

    [Fact]
    public async Task The_machine_that_comes_back_has_the_last_word_and_nothing_is_lost()
    {
        var (_, open) = await InterruptAsync();
        await RecoverAsync();
        var tail = Manifest().Segments[1].Key;

        await ComeBackAsync();

        Assert.Equal(open.Length + 50, Manifest().Segments[1].Bytes);
        Assert.Equal(open, _sink.Objects[GrowingSession.Prefix + tail]);
        Assert.All((await VerifyAsync()).Faults, fault => Assert.StartsWith("unaccounted", fault.Fault, StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_that_stays_in_storage_is_stored_to_stay_also_where_it_replaces_a_recovered_account()
    {
        await InterruptAsync();
        await RecoverAsync();
        await ComeBackAsync();

        // A sink locks these against deletion, and not the manifests before.
        Assert.Contains(_sink.Puts, put => put is { IsFinal: false, IsTemporary: false } && put.Key.EndsWith("/manifest.json", StringComparison.Ordinal));
        var last = _sink.Puts.Where(put => _sink.Objects.ContainsKey(put.Key)).ToLookup(put => put.Key);
        Assert.Contains(GrowingSession.Prefix + "ledger.jsonl", last.Select(put => put.Key));
        Assert.All(last, puts => Assert.True(puts.Last().IsFinal, puts.Key));
    }

    [Fact]
    public async Task A_machine_that_was_put_back_to_an_earlier_state_replaces_nothing()
    {
        await InterruptAsync(closeLast: true);
        await RecoverAsync();
        var stored = Manifest();
        using var earlier = new GrowingSession();
        earlier.Seal();
        await using var delivery = earlier.Deliver(_sink, seconds: 0);

        Assert.False(await delivery.DrainAsync(TestContext.Current.CancellationToken));

        Assert.Equal(stored.LedgerHash, Manifest().LedgerHash);
        Assert.Empty((await VerifyAsync()).Faults);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_recorder_that_was_taken_for_dead_lives_on_and_dies_again_is_recovered_with_all_that_it_sent(bool mayDelete)
    {
        _sink.MayDelete = mayDelete;
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow) { AutoAdvanceAmount = TimeSpan.Zero };
        byte[] open;
        await using (var delivery = _growing.Deliver(_sink, time))
        {
            _growing.Grow(0, 100);
            _growing.Close(0);
            delivery.Notify();
            open = _growing.Grow(1, 60);
            await UntilAsync(time, () => Stored(1).SequenceEqual(open));
            await UntilAsync(time, () => _sink.Objects.ContainsKey(GrowingSession.Prefix + "manifest.json"));
            Assert.True(Assert.Single(await RecoverAsync()).IsDelivered);
            Assert.Equal("recovered", Manifest().State);

            // Its clock stood still: that long it could not reach the store.
            time.Advance(TimeSpan.FromMinutes(11));
            open = _growing.Grow(1, 60);
            await UntilAsync(time, () => Stored(1).SequenceEqual(open));
            _growing.Close(1);
            delivery.Notify();
            open = _growing.Grow(2, 70);
            await UntilAsync(time, () => Stored(2).SequenceEqual(open) && Manifest().Segments.Count == 2);
            await UntilAsync(
                time,
                () => GrowingSession.ReadTailAsync(_sink, "ledger.jsonl").GetAwaiter().GetResult().Length == _growing.Session.Ledger.DurableLength);
        }

        var result = Assert.Single(await RecoverAsync());

        Assert.True(result.IsDelivered, result.Reason);
        var manifest = Manifest();
        Assert.Equal("recovered", manifest.State);
        Assert.Equal([100L, 120L, 70L], manifest.Segments.Select(segment => segment.Bytes));
        Assert.Equal(open, _sink.Objects[GrowingSession.Prefix + manifest.Segments[2].Key]);
        Assert.All(_sink.Tail, key => Assert.Empty(_sink.Objects[key]));
        Assert.DoesNotContain((await VerifyAsync()).Faults, fault => !fault.Fault.StartsWith("unaccounted", StringComparison.Ordinal));

        byte[] Stored(int number) => GrowingSession.ReadTailAsync(_sink, GrowingSession.NameOf(number)).GetAwaiter().GetResult();
    }

    /// <summary>Lets the uploader's time pass until something is so.</summary>
    private static Task UntilAsync(FakeTimeProvider time, Func<bool> condition) => Wait.UntilAsync(GrowingSession.Patience, () =>
    {
        time.Advance(TimeSpan.FromSeconds(1));
        return condition();
    });

    [Fact]
    public async Task Where_nothing_may_be_deleted_recovery_empties_the_tail()
    {
        _sink.MayDelete = false;
        await InterruptAsync();

        Assert.True(Assert.Single(await RecoverAsync()).IsDelivered);

        Assert.All(_sink.Tail, key => Assert.Empty(_sink.Objects[key]));
        Assert.Empty((await VerifyAsync()).Faults);
    }

    /// <summary>The machine is back: its session grew a little more, ended, and is delivered.</summary>
    private async Task ComeBackAsync()
    {
        _growing.Restart();
        _growing.Grow(1, 50);
        _growing.Close(1);
        SessionSealer.Seal(_growing.Session, TestSpool.At(60), "recovered");
        await using var delivery = _growing.Deliver(_sink, seconds: 0);
        Assert.True(await delivery.DrainAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A segment is stored, and the next grows when the recorder dies; or has just been closed.</summary>
    private async Task<(SegmentClosed Segment, byte[] Open)> InterruptAsync(bool closeLast = false)
    {
        await using var delivery = _growing.Deliver(_sink);
        _growing.Grow(0, 100);
        var segment = _growing.Close(0);
        delivery.Notify();
        await Wait.UntilAsync(GrowingSession.Patience, () => _sink.Objects.ContainsKey(GrowingSession.Prefix + segment.Key), "the first is stored");
        await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(1), _growing.Grow(1, 60));
        var open = _growing.Grow(1, 60);
        await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(1), open);
        if (closeLast)
        {
            _sink.Hangs = key => key.EndsWith(".mp4", StringComparison.Ordinal);
            _growing.Close(1);
            delivery.Notify();
        }

        await _growing.UntilLedgerStoredAsync(_sink);
        await delivery.DisposeAsync();
        _sink.Hangs = _ => false;
        return (segment, open);
    }

    private Task<IReadOnlyList<StorageRecoveryResult>> RecoverAsync(string place = "one", DateTimeOffset? now = null)
    {
        var time = new FakeTimeProvider(now ?? (_sink.ModifiedAt + TimeSpan.FromHours(1)));
        var recovery = new StorageRecovery(
            Path.Combine(_folder, place),
            new SessionRepair(new LengthSource(), 5, NullLogger<SessionRepair>.Instance),
            _ => false,
            TrustPolicy.Off,
            time,
            NullLoggerFactory.Instance);
        return recovery.RunAsync("elsewhere", _sink, "", null, OpenSession.Silence, _ => { }, TestContext.Current.CancellationToken);
    }

    private Manifest Manifest() => ManifestJson.Parse(_sink.Objects[GrowingSession.Prefix + "manifest.json"]);

    private Task<VerifyReport> VerifyAsync() =>
        SessionVerifier.VerifyAsync(_sink, GrowingSession.Prefix, null, TestContext.Current.CancellationToken);
}
