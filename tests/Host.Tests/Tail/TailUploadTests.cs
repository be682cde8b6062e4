using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Tests.Tail;

/// <summary>What a growing session sends to storage, and takes back.</summary>
public sealed class TailUploadTests : IDisposable
{
    private readonly GrowingSession _growing = new();
    private readonly TemporarySink _sink = new();

    public void Dispose() => _growing.Dispose();

    [Fact]
    public async Task The_pieces_are_the_file_byte_for_byte_however_it_grows_and_whoever_dies_meanwhile()
    {
        byte[] video = [];
        for (var run = 0; run < 4; run++)
        {
            await using (_growing.Deliver(_sink))
            {
                for (var step = 0; step < 5; step++)
                {
                    video = _growing.Grow(0, Random.Shared.Next(1, 40_000));
                    await Task.Delay(Random.Shared.Next(60), TestContext.Current.CancellationToken);
                }
            }

            _growing.Restart();
        }

        await using var delivery = _growing.Deliver(_sink);
        await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(0), video);
        await _growing.UntilLedgerStoredAsync(_sink);
        Assert.All(_sink.Puts.Where(put => put.Key.Contains("/tail/", StringComparison.Ordinal)), put => Assert.True(put.IsTemporary));
    }

    [Fact]
    public async Task Where_nothing_is_new_nothing_is_sent()
    {
        await using var delivery = _growing.Deliver(_sink);
        var video = _growing.Grow(0, 1000);
        await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(0), video);
        await _growing.UntilLedgerStoredAsync(_sink);

        var puts = _sink.Puts.Count;
        await Task.Delay(500, TestContext.Current.CancellationToken);

        Assert.Equal(puts, _sink.Puts.Count);
    }

    [Fact]
    public async Task The_pieces_go_when_the_whole_segment_is_stored_and_those_of_the_ledger_when_it_is_sealed()
    {
        await using var delivery = _growing.Deliver(_sink);
        await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(0), _growing.Grow(0, 1000));
        var next = _growing.Grow(1, 500);
        _growing.Close(0);
        delivery.Notify();

        await Wait.UntilAsync(GrowingSession.Patience, () => !_sink.Tail.Any(key => key.Contains("-000000.mp4", StringComparison.Ordinal)), "the pieces are gone");
        await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(1), next);
        _growing.Close(1);
        _growing.Seal();

        Assert.True(await delivery.DrainAsync(TestContext.Current.CancellationToken));
        Assert.True(delivery.IsClean);
        Assert.Empty(_sink.Tail);
        Assert.Empty((await VerifyAsync()).Faults);
    }

    [Fact]
    public async Task Where_nothing_may_be_deleted_each_piece_is_emptied_once()
    {
        _sink.MayDelete = false;
        await using var delivery = _growing.Deliver(_sink);
        await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(0), _growing.Grow(0, 1000));
        await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(0), _growing.Grow(0, 1000));
        _growing.Close(0);
        _growing.Seal();

        Assert.True(await delivery.DrainAsync(TestContext.Current.CancellationToken));
        await Task.Delay(300, TestContext.Current.CancellationToken);

        Assert.True(delivery.IsClean);
        Assert.All(_sink.Tail, key => Assert.Empty(_sink.Objects[key]));
        Assert.All(_sink.Tail, key => Assert.Single(_sink.Puts, put => put.Key == key && put.Length == 0));

        // Up to eight were asked for at once before the first answer; no more are.
        Assert.InRange(_sink.Deletes.Count, 1, 8);
        Assert.Empty((await VerifyAsync()).Faults);
    }

    [Fact]
    public async Task A_piece_that_a_dead_recorder_sent_is_cleaned_up_by_the_next()
    {
        await using (_growing.Deliver(_sink))
        {
            await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(0), _growing.Grow(0, 1000));
        }

        _growing.Restart();
        _growing.Close(0);
        _growing.Seal();

        // As recovery does: it sends no tail of its own.
        await using var delivery = _growing.Deliver(_sink, seconds: 0);
        Assert.True(await delivery.DrainAsync(TestContext.Current.CancellationToken));
        Assert.True(delivery.IsClean);
        Assert.Empty(_sink.Tail);
    }

    [Fact]
    public async Task A_running_sessions_manifest_never_tells_of_more_than_the_ledger_in_the_tail()
    {
        await using var delivery = _growing.Deliver(_sink, seconds: 60);
        _growing.Grow(0, 1000);
        _growing.Close(0);
        delivery.Notify();
        var manifestKey = _growing.Session.Document.Prefix + "manifest.json";

        for (var number = 1; number < 6; number++)
        {
            await Wait.UntilAsync(
                GrowingSession.Patience,
                () => _sink.Objects.TryGetValue(manifestKey, out var stored) && ManifestJson.Parse(stored).Segments.Count == number,
                $"a manifest of {number} segments");
            var ledger = await GrowingSession.ReadTailAsync(_sink, "ledger.jsonl");
            var manifest = ManifestJson.Parse(_sink.Objects[manifestKey]);
            var session = _sink.Objects[_growing.Session.Document.Prefix + "session.json"];
            Assert.True(OpenSession.Of(session, ledger, StoredTail.Of("", [])).Covers(manifest));
            _growing.Grow(number, 1000);
            _growing.Close(number);
            delivery.Notify();
        }
    }

    [Fact]
    public async Task What_a_sink_missed_while_it_was_down_follows_in_one_piece()
    {
        await using var delivery = _growing.Deliver(_sink);
        await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(0), _growing.Grow(0, 1000));
        _sink.IsDown = true;
        byte[] video = [];
        for (var i = 0; i < 10; i++)
        {
            video = _growing.Grow(0, 1000);
            await Task.Delay(30, TestContext.Current.CancellationToken);
        }

        var before = _sink.Tail.Count();
        _sink.IsDown = false;

        await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(0), video);
        Assert.InRange(_sink.Tail.Count(key => key.Contains("c000001", StringComparison.Ordinal)), 2, 3);
        Assert.True(_sink.Tail.Count() >= before);
    }

    [Fact]
    public async Task A_long_way_to_catch_up_goes_in_pieces_of_bounded_size()
    {
        var video = _growing.Grow(0, (2 * TailUploader.MaxPiece) + 5);
        await using var delivery = _growing.Deliver(_sink);

        await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(0), video);
        Assert.All(_sink.Objects.Values, bytes => Assert.InRange(bytes.Length, 0, TailUploader.MaxPiece));
    }

    [Fact]
    public async Task A_tail_that_hangs_delays_neither_segments_nor_another_sink()
    {
        var hanging = new TemporarySink { Hangs = key => key.Contains("/tail/", StringComparison.Ordinal) };
        await using var delivery = _growing.Deliver(0.03, ("a", hanging), ("b", _sink));
        await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(0), _growing.Grow(0, 1000));
        await Wait.UntilAsync(GrowingSession.Patience, () => hanging.Puts.Any(put => put.IsTemporary), "a piece hangs");
        var segment = _growing.Close(0);
        delivery.Notify();

        await Wait.UntilAsync(GrowingSession.Patience, () => hanging.Objects.ContainsKey(GrowingSession.Prefix + segment.Key), "the segment is stored");
        await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(1), _growing.Grow(1, 1000));
    }

    [Fact]
    public async Task A_sink_that_takes_no_tail_gets_everything_else()
    {
        _sink.Refuses = key => key.Contains("/tail/", StringComparison.Ordinal);
        await using var delivery = _growing.Deliver(_sink);
        _growing.Grow(0, 1000);
        await Wait.UntilAsync(GrowingSession.Patience, () => _sink.Puts.Any(put => put.IsTemporary), "a piece was tried");
        _growing.Close(0);
        _growing.Seal();

        Assert.True(await delivery.DrainAsync(TestContext.Current.CancellationToken));
        Assert.Empty((await VerifyAsync()).Faults);
    }

    [Fact]
    public async Task A_sink_that_lets_the_tail_be_neither_written_nor_deleted_does_not_hold_the_spool_back()
    {
        _sink.Refuses = key => key.Contains("/tail/", StringComparison.Ordinal);
        _sink.MayDelete = false;
        await using var delivery = _growing.Deliver(_sink);
        _growing.Grow(0, 1000);
        await Wait.UntilAsync(GrowingSession.Patience, () => _sink.Puts.Any(put => put.IsTemporary), "a piece was tried");
        _growing.Close(0);
        _growing.Seal();

        Assert.True(await delivery.DrainAsync(TestContext.Current.CancellationToken));
        Assert.True(delivery.IsClean);
    }

    [Fact]
    public async Task The_pieces_of_a_long_ledger_are_joined_and_stay_readable()
    {
        await using var delivery = _growing.Deliver(_sink, seconds: 0.001);
        for (var line = 0; line < 300; line++)
        {
            var number = line + 2;
            _growing.Session.Record(new Host.Spool.GapOpened(number, Spool.TestSpool.At(1), "no-frames", null));
            await _growing.UntilLedgerStoredAsync(_sink);
        }

        // Fifty since the last join, and what the join before left to its readers.
        Assert.InRange(_sink.Tail.Count(), 2, 110);
    }

    [Fact]
    public async Task Another_session_in_the_same_place_gets_no_tail_of_this_one()
    {
        _sink.Objects[GrowingSession.Prefix + "session.json"] = "another session"u8.ToArray();
        await using var delivery = _growing.Deliver(_sink);
        _growing.Grow(0, 1000);
        await Task.Delay(300, TestContext.Current.CancellationToken);

        Assert.Single(_sink.Objects);
    }

    [Fact]
    public async Task The_tail_of_a_session_that_is_described_late_lies_in_its_final_place_and_nowhere_before()
    {
        using var growing = new GrowingSession(isProvisional: true);
        await using var delivery = growing.Deliver(_sink);
        var video = growing.Grow(0, 1000);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.Empty(_sink.Objects);

        growing.Session.Describe(growing.Session.Document with { Prefix = GrowingSession.Prefix });
        delivery.Notify();

        await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(0), video);
        await growing.UntilLedgerStoredAsync(_sink);
        Assert.All(_sink.Objects.Keys, key => Assert.StartsWith(GrowingSession.Prefix, key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_traffic_stays_under_two_point_one_times_the_video_and_what_is_stored_under_one_point_one()
    {
        await using var delivery = _growing.Deliver(_sink);
        long video = 0;
        for (var number = 0; number < 4; number++)
        {
            for (var step = 0; step < 12; step++)
            {
                _growing.Grow(number, 40_000);
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }

            video += _growing.Close(number).Bytes;
            delivery.Notify();
        }

        _growing.Seal();
        Assert.True(await delivery.DrainAsync(TestContext.Current.CancellationToken));

        Assert.InRange(_sink.Puts.Sum(put => put.Length), video, 2.1 * video);
        Assert.InRange(_sink.Objects.Values.Sum(bytes => bytes.LongLength), video, 1.1 * video);
    }

    [Theory]
    [InlineData("tail/c000001-000003.mp4@000000000000-000000000005.part", true)]
    [InlineData("tail/ledger.jsonl@000000000007-000000000009.part", true)]
    [InlineData("tail/c000001-000003.mp4@000000000005-000000000005.part", false)]
    [InlineData("tail/../x@000000000000-000000000005.part", false)]
    [InlineData("tail/a/b@000000000000-000000000005.part", false)]
    [InlineData("tail/.x@000000000000-000000000005.part", false)]
    [InlineData("tail/alive", false)]
    public void A_piece_is_known_by_its_key(string key, bool isPiece) => Assert.Equal(isPiece ? key : null, TailPiece.Parse(key)?.Key);

    [Fact]
    public void Overlapping_pieces_are_chained_and_a_hole_ends_the_chain()
    {
        TailPiece[] pieces = [new("f", 0, 10), new("f", 0, 25), new("f", 10, 20), new("f", 25, 30), new("f", 31, 40)];

        Assert.Equal([new("f", 0, 25), new("f", 25, 30)], TailPiece.Chain(pieces));
        Assert.Empty(TailPiece.Chain([new("f", 1, 10)]));
    }

    private Task<VerifyReport> VerifyAsync() =>
        SessionVerifier.VerifyAsync(_sink, GrowingSession.Prefix, null, TestContext.Current.CancellationToken);
}
