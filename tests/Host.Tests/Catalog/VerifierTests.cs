using System.Text;
using SessionRecorder.Host.Catalog;

namespace SessionRecorder.Tests.Catalog;

public sealed class VerifierTests
{
    private readonly StoredSession _stored = new();

    [Fact]
    public async Task A_whole_recording_has_no_fault()
    {
        var report = await VerifyAsync();

        Assert.Empty(report.Faults);
        Assert.True(report.IsWhole);
        Assert.Equal(("session-1", "complete", 3, 2), (report.SessionId, report.State, report.Segments, report.Gaps));
        Assert.Equal(_stored.Segments.Sum(key => _stored.Sink.Objects[key].Length), report.Bytes);
    }

    [Fact]
    public async Task A_flipped_byte_of_a_segment_is_found()
    {
        var key = _stored.Segments[1];
        _stored.Sink.Objects[key][7] ^= 1;

        var fault = Assert.Single((await VerifyAsync()).Faults);

        Assert.Equal(key[StoredSession.Prefix.Length..], fault.Object);
        Assert.StartsWith("changed: segment 1 was recorded with SHA-256", fault.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_segment_that_was_cut_is_found()
    {
        var key = _stored.Segments[2];
        _stored.Sink.Objects[key] = _stored.Sink.Objects[key][..^1];
        await ExpectAsync(key[StoredSession.Prefix.Length..], "changed: segment 2 was recorded with 28 bytes, and 27 are stored");
    }

    [Fact]
    public async Task A_missing_segment_is_found()
    {
        var key = _stored.Segments[0];
        _stored.Sink.Objects.Remove(key, out _);
        await ExpectAsync(key[StoredSession.Prefix.Length..], "missing: segment 0 is recorded, and nothing is stored");
    }

    [Theory]
    [InlineData("video/000003-20261123T080256.123Z.mp4")]
    [InlineData("video/notes.txt")]
    [InlineData("manifest.json.bak")]
    public async Task Anything_extra_is_found(string name)
    {
        _stored[name] = [1];
        await ExpectAsync(name, "extra: nothing in the recording names it");
    }

    [Fact]
    public async Task An_edited_field_of_the_manifest_is_found_and_named()
    {
        Edit("manifest.json", "\"user\": \"Zoë [admin]\"", "\"user\": \"somebody\"");

        var report = await VerifyAsync();

        Assert.Equal(
            [
                new VerifyFault("manifest.json", "changed: its bytes are not those that the ledger was closed with"),
                new VerifyFault("manifest.json", "user is \"somebody\", and the ledger says \"Zoë [admin]\""),
            ],
            report.Faults);
    }

    [Fact]
    public async Task An_edited_gap_is_found_with_the_time_that_it_no_longer_accounts_for()
    {
        Edit("manifest.json", "\"to\": \"2026-11-23T08:02:46.123Z\"", "\"to\": \"2026-11-23T08:02:45.123Z\"");

        var faults = (await VerifyAsync()).Faults.Select(fault => fault.Fault).ToArray();

        Assert.Contains(
            "gaps[1].to is \"2026-11-23T08:02:45.123Z\", and the ledger says \"2026-11-23T08:02:46.123Z\"", faults);
        Assert.Contains(
            "unaccounted: 2026-11-23T08:02:45.123Z to 2026-11-23T08:02:46.123Z (1 s) is in no segment and in no gap", faults);
    }

    [Fact]
    public async Task A_segment_that_was_taken_out_of_the_manifest_and_deleted_is_found()
    {
        var manifest = ManifestJson.Parse(_stored["manifest.json"]);
        _stored["manifest.json"] = ManifestJson.Serialize(
            manifest with { Segments = [.. manifest.Segments.Where(segment => segment.Index != 1)] });
        _stored.Sink.Objects.Remove(_stored.Segments[1], out _);

        var faults = (await VerifyAsync()).Faults;

        Assert.Contains(new VerifyFault("manifest.json", "segment 1 is missing from it, and the ledger has it"), faults);
        Assert.Contains(faults, fault => fault.Fault == "missing: segment 1 is recorded, and nothing is stored");
    }

    [Theory]
    [InlineData("\"schema\": 1", "\"schema\": 7", "not readable: its schema is 7, and this version knows 1")]
    [InlineData("  \"schema\"", "schema", "not readable: ")]
    public async Task A_manifest_that_cannot_be_read_is_found(string from, string to, string fault)
    {
        Edit("manifest.json", from, to);
        var report = await VerifyAsync();
        Assert.Contains(report.Faults, f => f.Object == "manifest.json" && f.Fault.StartsWith(fault, StringComparison.Ordinal));
        Assert.Equal(3, report.Segments);
    }

    [Fact]
    public async Task An_edited_line_of_the_ledger_is_found_with_its_line()
    {
        Edit("ledger.jsonl", "\"detail\":\"1280x720 to 1920x1080\"", "\"detail\":\"1280x720 to 1920x1081\"");

        var fault = Assert.Single((await VerifyAsync()).Faults);

        Assert.Equal("ledger.jsonl", fault.Object);
        Assert.StartsWith("the chain breaks at line 9: it does not name the hash", fault.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_edited_last_line_of_the_ledger_is_found()
    {
        Edit("ledger.jsonl", "\"state\":\"complete\"", "\"state\":\"complete!\"");
        var report = await VerifyAsync();
        Assert.Contains(report.Faults, f => f.Object == "manifest.json" && f.Fault.StartsWith("its ledgerHash is not", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_ledger_that_lost_its_last_line_is_found()
    {
        var text = Encoding.UTF8.GetString(_stored["ledger.jsonl"]).TrimEnd('\n');
        _stored["ledger.jsonl"] = Encoding.UTF8.GetBytes(text[..(text.LastIndexOf('\n') + 1)]);
        await ExpectAsync(
            "ledger.jsonl",
            "cut, or never closed: it ends with line 12, which tells of 'segment-closed', not with 'session-sealed'");
    }

    [Fact]
    public async Task A_ledger_cut_within_a_line_is_found()
    {
        _stored["ledger.jsonl"] = _stored["ledger.jsonl"][..^9];
        var fault = Assert.Single((await VerifyAsync()).Faults);
        Assert.StartsWith("cut or damaged: after line 12 come ", fault.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_after_the_seal_are_found()
    {
        using var spool = new Spool.TestSpool();
        var file = Path.Combine(spool.Folder, "ledger.jsonl");
        File.WriteAllBytes(file, _stored["ledger.jsonl"]);
        using (var ledger = Host.Spool.Ledger.Open(file, _ => { }))
        {
            ledger.Append(new Host.Spool.Uploaded("vault", "a", "b"), StoredSession.End);
        }

        _stored["ledger.jsonl"] = File.ReadAllBytes(file);
        await ExpectAsync(
            "ledger.jsonl", "cut, or never closed: it ends with line 14, which tells of 'uploaded', not with 'session-sealed'");
    }

    [Fact]
    public async Task A_changed_session_document_is_found()
    {
        Edit("session.json", "\"systemSession\": \":0\"", "\"systemSession\": \":1\"");
        await ExpectAsync("session.json", "changed: its SHA-256 is not the one in the ledger");
    }

    [Theory]
    [InlineData("manifest.json", "missing: nothing says what the recording consists of")]
    [InlineData("ledger.jsonl", "missing: nothing vouches for the manifest")]
    [InlineData("session.json", "missing: nothing says who was recorded")]
    public async Task A_missing_object_is_found_and_the_rest_is_still_checked(string name, string fault)
    {
        _stored.Sink.Objects.Remove(StoredSession.Prefix + name, out _);
        Assert.Equal(3, (await VerifyAsync()).Segments);
        await ExpectAsync(name, fault);
    }

    [Fact]
    public async Task A_recording_that_is_not_sealed_is_told_as_such_and_as_nothing_else()
    {
        var stored = new StoredSession(isSealed: false);
        stored["video/000003-20261123T080256.123Z.mp4"] = [1];

        var report = await SessionVerifier.VerifyAsync(stored.Sink, StoredSession.Prefix, null, CancellationToken.None);

        Assert.Equal(
            "not sealed: the session is still being recorded, was interrupted, or not all of it has been delivered yet",
            Assert.Single(report.Faults).Fault);
        Assert.Equal(3, report.Segments);
    }

    [Fact]
    public async Task Every_single_flipped_bit_is_found()
    {
        foreach (var (key, bytes) in _stored.Sink.Objects)
        {
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] ^= (byte)(1 << (i % 8));
                Assert.False((await VerifyAsync()).IsWhole, $"{key}, byte {i}");
                bytes[i] ^= (byte)(1 << (i % 8));
            }
        }

        Assert.True((await VerifyAsync()).IsWhole);
    }

    [Fact]
    public async Task Progress_tells_of_each_segment_and_ends_with_all()
    {
        var told = new List<VerifyProgress>();
        await SessionVerifier.VerifyAsync(_stored.Sink, StoredSession.Prefix, new Told(told.Add), CancellationToken.None);

        Assert.Equal([0, 1, 2, 3], told.Select(progress => progress.Segments));
        Assert.All(told, progress => Assert.Equal((3, 85L), (progress.OfSegments, progress.OfBytes)));
        Assert.Equal(told[^1].OfBytes, told[^1].Bytes);
    }

    private Task<VerifyReport> VerifyAsync() =>
        SessionVerifier.VerifyAsync(_stored.Sink, StoredSession.Prefix, null, CancellationToken.None);

    private async Task ExpectAsync(string name, string fault) =>
        Assert.Equal(new VerifyFault(name, fault), Assert.Single((await VerifyAsync()).Faults));

    private void Edit(string name, string from, string to)
    {
        var text = Encoding.UTF8.GetString(_stored[name]);
        Assert.Contains(from, text, StringComparison.Ordinal);
        _stored[name] = Encoding.UTF8.GetBytes(text.Replace(from, to, StringComparison.Ordinal));
    }

    private sealed class Told(Action<VerifyProgress> tell) : IProgress<VerifyProgress>
    {
        public void Report(VerifyProgress value) => tell(value);
    }
}
