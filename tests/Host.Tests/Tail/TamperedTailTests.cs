using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Tail;

/// <summary>Somebody who may write to storage changes an interrupted session there: it shows, before a recovery and after.</summary>
public sealed class TamperedTailTests : IDisposable
{
    private readonly GrowingSession _growing = new();
    private readonly TemporarySink _sink = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("tampered-tail-test-").FullName;

    public void Dispose()
    {
        _growing.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_session_that_nobody_touched_has_no_fault()
    {
        await InterruptAsync();

        Assert.Empty((await VerifyAsync()).Faults);
    }

    [Fact]
    public async Task A_confirmed_segment_that_is_gone_is_a_fault_before_and_after_it_is_recovered()
    {
        var segments = await InterruptAsync();
        Remove(segments[1].Key);

        Assert.Contains((await VerifyAsync()).Faults, fault => fault.Object == segments[1].Key && fault.Fault.Contains("was stored", StringComparison.Ordinal));

        Assert.True((await RecoverAsync()).IsDelivered);
        Assert.Contains(Manifest().Gaps, gap => gap is { Cause: GapCause.NotStored, Detail: { } detail } && detail.Contains("was stored", StringComparison.Ordinal));
        Assert.Contains((await VerifyAsync()).Faults, fault => fault.Object == segments[1].Key && fault.Fault.Contains("was stored", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_follows_a_lost_segment_keeps_its_own_time()
    {
        var segments = await InterruptAsync();
        Remove(segments[1].Key);

        await RecoverAsync();

        var made = Manifest().Segments[^1];
        Assert.EndsWith(".tail.mp4", made.Key, StringComparison.Ordinal);
        Assert.Equal(segments[1].StartedAt.AddSeconds(segments[1].Duration), made.StartedAt);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_middle_piece_of_a_growing_file_that_is_gone_is_a_fault_and_a_gap(bool isEmptied)
    {
        await InterruptAsync();
        var pieces = PiecesOf(GrowingSession.NameOf(2));
        Take(pieces[1], isEmptied);

        var fault = Assert.Single((await VerifyAsync()).Faults);
        Assert.Equal("tail/" + GrowingSession.NameOf(2), fault.Object);
        Assert.Contains("bytes 60 to 120 are missing", fault.Fault, StringComparison.Ordinal);
        Assert.Contains("the 60 bytes behind", fault.Fault, StringComparison.Ordinal);

        Assert.True((await RecoverAsync()).IsDelivered);
        var manifest = Manifest();
        Assert.Contains(manifest.Gaps, gap => gap is { Cause: GapCause.NotStored, Detail: { } detail } && detail.Contains("bytes 60 to 120", StringComparison.Ordinal));
        Assert.Equal(60, manifest.Segments[^1].Bytes);
        var report = await VerifyAsync();
        Assert.Empty(report.Faults);
        Assert.True(report.IsWhole);
        Assert.Contains(report.Remarks, remark => remark.Object == manifest.Segments[^1].Key && remark.Fault.StartsWith("unproven", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_of_which_all_pieces_are_gone_between_others_is_a_fault_and_a_gap()
    {
        await InterruptAsync(growsOn: true);
        Assert.Empty((await VerifyAsync()).Faults);
        foreach (var piece in PiecesOf(GrowingSession.NameOf(2)))
        {
            Take(piece, isEmptied: false);
        }

        var fault = Assert.Single((await VerifyAsync()).Faults);
        Assert.Equal("tail/" + GrowingSession.NameOf(2), fault.Object);
        Assert.Contains("all of it is missing", fault.Fault, StringComparison.Ordinal);

        Assert.True((await RecoverAsync()).IsDelivered);
        Assert.Contains(Manifest().Gaps, gap => gap is { Cause: GapCause.NotStored, Detail: { } detail } && detail.Contains(GrowingSession.NameOf(2), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_with_a_number_out_of_all_proportion_is_a_fault_and_no_burden()
    {
        await InterruptAsync();
        _sink.Objects[Key("tail/c000001-2000000000.mp4@000000000000-000000000001.part")] = [1];

        Assert.InRange((await VerifyAsync()).Faults.Count, 1, 30);
    }

    [Fact]
    public async Task An_emptied_last_piece_is_a_fault()
    {
        await InterruptAsync();
        Take(PiecesOf(GrowingSession.NameOf(2))[^1], isEmptied: true);

        Assert.Contains((await VerifyAsync()).Faults, fault => fault.Object == "tail/" + GrowingSession.NameOf(2));
    }

    [Fact]
    public async Task Emptied_pieces_of_a_closed_segment_that_is_not_stored_are_a_fault()
    {
        await InterruptAsync(closeLast: true);
        Assert.Empty((await VerifyAsync()).Faults);
        foreach (var piece in PiecesOf(GrowingSession.NameOf(2)))
        {
            Take(piece, isEmptied: true);
        }

        Assert.Contains((await VerifyAsync()).Faults, fault => fault.Object == "tail/" + GrowingSession.NameOf(2));
        await RecoverAsync();
        Assert.Contains(Manifest().Gaps, gap => gap is { Cause: GapCause.NotStored, Detail: { } detail } && detail.Contains("bytes 0 to 180", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pieces_that_were_emptied_because_they_may_not_be_deleted_are_none()
    {
        _sink.MayDelete = false;
        await InterruptAsync();

        Assert.Contains(_sink.Tail, key => _sink.Objects[key].Length == 0);
        Assert.Empty((await VerifyAsync()).Faults);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_hole_in_the_ledger_is_a_fault_and_recovery_says_so(bool isEmptied)
    {
        await InterruptAsync();
        var pieces = PiecesOf("ledger.jsonl");
        Assert.True(pieces.Length > 2, "the ledger has a middle");
        Take(pieces[1], isEmptied);

        Assert.Contains((await VerifyAsync()).Faults, fault => fault.Object == "ledger.jsonl" && fault.Fault.Contains("hole", StringComparison.Ordinal));
        await AssertNotRecoveredAsync("hole");
    }

    [Fact]
    public async Task A_ledger_whose_first_piece_is_gone_is_no_session_without_a_ledger()
    {
        await InterruptAsync();
        Take(PiecesOf("ledger.jsonl")[0], isEmptied: false);

        Assert.Contains((await VerifyAsync()).Faults, fault => fault.Fault.Contains("bytes 0 to", StringComparison.Ordinal));
        await AssertNotRecoveredAsync("bytes 0 to");
    }

    [Fact]
    public async Task The_last_pieces_of_the_ledger_cannot_be_taken_from_a_session_whose_manifest_tells_of_more()
    {
        await InterruptAsync();
        foreach (var piece in PiecesOf("ledger.jsonl").Skip(1))
        {
            Take(piece, isEmptied: false);
        }

        Assert.Contains((await VerifyAsync()).Faults, fault => fault.Object == "manifest.json" && fault.Fault.Contains("pieces of the ledger are missing", StringComparison.Ordinal));
        await AssertNotRecoveredAsync("pieces of the ledger are missing");
    }

    [Theory]
    [InlineData("\"sessionId\": \"session-1\"", "\"sessionId\": \"session-2\"")]
    [InlineData("\"schema\": 1", "\"schema\": 9")]
    [InlineData("\"sha256\": \"", "\"sha256\": \"0")]
    [InlineData("{", "[")]
    public async Task A_changed_manifest_is_a_fault(string from, string to)
    {
        await InterruptAsync();
        var text = Encoding.UTF8.GetString(_sink.Objects[Key("manifest.json")]);
        Assert.Contains(from, text, StringComparison.Ordinal);
        _sink.Objects[Key("manifest.json")] = Encoding.UTF8.GetBytes(text.Replace(from, to, StringComparison.Ordinal));

        Assert.Contains((await VerifyAsync()).Faults, fault => fault.Object == "manifest.json");
    }

    [Fact]
    public async Task A_missing_manifest_is_only_told()
    {
        await InterruptAsync();
        Remove("manifest.json");

        var report = await VerifyAsync();

        Assert.Empty(report.Faults);
        Assert.Contains(report.Unproven, what => what.Object == "manifest.json");
    }

    [Theory]
    [InlineData("video/000099-20260102T030500.000Z.mp4")]
    [InlineData("video/evil.txt")]
    [InlineData("tail/evil")]
    public async Task An_object_that_the_ledger_does_not_tell_of_is_a_fault(string name)
    {
        await InterruptAsync();
        _sink.Objects[Key(name)] = [1];

        Assert.Contains((await VerifyAsync()).Faults, fault => fault.Object == name);
    }

    [Fact]
    public async Task A_segment_that_was_stored_a_moment_before_its_line_is_not_proven()
    {
        await InterruptAsync();
        var next = SegmentName.Key(2, TestSpool.At(30));
        _sink.Objects[Key(next)] = [1];

        var report = await VerifyAsync();

        Assert.Empty(report.Faults);
        Assert.Contains(report.Unproven, what => what.Object == next);
    }

    [Fact]
    public async Task Segments_without_anything_that_describes_them_are_listed_and_fail_to_verify()
    {
        await InterruptAsync();
        Remove("session.json");
        Remove("manifest.json");

        var summary = Assert.Single(await new RecordingCatalog(_sink).ListAsync("", TestContext.Current.CancellationToken));

        Assert.Equal(("unreadable", GrowingSession.Prefix), (summary.State, summary.Prefix));
        Assert.NotEmpty((await VerifyAsync()).Faults);
        await AssertNotRecoveredAsync("neither");
    }

    [Fact]
    public async Task A_stray_piece_beside_a_sealed_session_is_remarked()
    {
        await InterruptAsync();
        await RecoverAsync();
        _sink.Objects[Key("tail/c000001-000009.mp4@000000000000-000000000001.part")] = [1];

        var report = await VerifyAsync();

        Assert.Empty(report.Faults);
        Assert.Contains(report.Remarks, remark => remark.Fault.StartsWith("superseded", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("recordings/local/desk-7/zoe/session-9/")]
    [InlineData("recordings/local/desk-7/adam/session-1/")]
    public async Task A_session_that_was_moved_is_a_fault_and_not_recovered(string place)
    {
        await InterruptAsync();
        Move(place);

        Assert.Contains((await VerifyAsync(place)).Faults, fault => fault.Fault.StartsWith("moved", StringComparison.Ordinal));
        Assert.False((await RecoverAsync()).IsDelivered);
    }

    [Theory]
    [InlineData("archive/2026/local/desk-7/zoe/session-1/")]
    [InlineData("zoe/session-1/")]
    public async Task A_store_that_was_copied_elsewhere_is_none(string place)
    {
        await InterruptAsync();
        Move(place);

        Assert.Empty((await VerifyAsync(place)).Faults);
    }

    /// <summary>Two segments are stored, and the third grows in three pieces when the recorder dies.</summary>
    private async Task<SegmentClosed[]> InterruptAsync(bool closeLast = false, bool growsOn = false)
    {
        await using var delivery = _growing.Deliver(_sink);
        var segments = new List<SegmentClosed>();
        for (var number = 0; number < 2; number++)
        {
            await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(number), _growing.Grow(number, 100));
            var segment = _growing.Close(number);
            segments.Add(segment);
            delivery.Notify();
            await Wait.UntilAsync(GrowingSession.Patience, () => _sink.Objects.ContainsKey(Key(segment.Key)), "it is stored");
            await Wait.UntilAsync(
                GrowingSession.Patience,
                () => PiecesOf(GrowingSession.NameOf(number)).All(key => _sink.Objects.TryGetValue(key, out var bytes) && bytes.Length == 0),
                "its tail is taken back");
            await Wait.UntilAsync(
                GrowingSession.Patience,
                () => _sink.Objects.TryGetValue(Key("manifest.json"), out var bytes) && ManifestJson.Parse(bytes).Segments.Count == segments.Count,
                "the manifest tells of it");
            await _growing.UntilLedgerStoredAsync(_sink);
        }

        for (var piece = 0; piece < 3; piece++)
        {
            await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(2), _growing.Grow(2, 60));
        }

        if (growsOn)
        {
            // The third cannot be measured yet, and is neither closed nor grows.
            await GrowingSession.UntilStoredAsync(_sink, GrowingSession.NameOf(3), _growing.Grow(3, 60));
        }

        if (closeLast)
        {
            _sink.Hangs = key => key.EndsWith(".mp4", StringComparison.Ordinal);
            _growing.Close(2);
            delivery.Notify();
        }

        await _growing.UntilLedgerStoredAsync(_sink);
        await delivery.DisposeAsync();
        _sink.Hangs = _ => false;
        return [.. segments];
    }

    private static string Key(string name) => GrowingSession.Prefix + name;

    private string[] PiecesOf(string file) => [.. _sink.Tail.Where(key => key.Contains(file, StringComparison.Ordinal))];

    private void Remove(string name) => Assert.True(_sink.Objects.TryRemove(Key(name), out _));

    private void Take(string key, bool isEmptied)
    {
        if (isEmptied)
        {
            _sink.Objects[key] = [];
        }
        else
        {
            Assert.True(_sink.Objects.TryRemove(key, out _));
        }
    }

    private void Move(string place)
    {
        foreach (var key in _sink.Objects.Keys.ToArray())
        {
            Assert.True(_sink.Objects.TryRemove(key, out var bytes));
            _sink.Objects[place + key[GrowingSession.Prefix.Length..]] = bytes;
        }
    }

    private async Task AssertNotRecoveredAsync(string reason)
    {
        var result = await RecoverAsync();
        Assert.False(result.IsSkipped);
        Assert.False(result.IsDelivered);
        Assert.Contains(reason, result.Reason, StringComparison.Ordinal);
    }

    private async Task<StorageRecoveryResult> RecoverAsync()
    {
        var recovery = new StorageRecovery(
            Path.Combine(_folder, "one"),
            new SessionRepair(new LengthSource(), 5, NullLogger<SessionRepair>.Instance),
            _ => false,
            TrustPolicy.Off,
            new FakeTimeProvider(_sink.ModifiedAt + TimeSpan.FromHours(1)),
            NullLoggerFactory.Instance);
        return Assert.Single(await recovery.RunAsync(
            "archive", _sink, "", null, OpenSession.Silence, _ => { }, TestContext.Current.CancellationToken));
    }

    private Manifest Manifest() => ManifestJson.Parse(_sink.Objects[Key("manifest.json")]);

    private Task<VerifyReport> VerifyAsync(string prefix = GrowingSession.Prefix) =>
        SessionVerifier.VerifyAsync(_sink, prefix, null, TestContext.Current.CancellationToken);
}
