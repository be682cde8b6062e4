using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Catalog;

public sealed partial class SealTests : IDisposable
{
    private readonly TestSpool _spool = new();

    public void Dispose() => _spool.Dispose();

    [Fact]
    public void Manifest_and_ledger_vouch_for_each_other()
    {
        using var session = _spool.Root.Create(TestSpool.Document());
        StoredSession.Record(_spool, session);

        var stored = SessionSealer.Seal(session, StoredSession.End, "complete");

        // As docs/manifest.md tells to check by hand.
        var lastLine = File.ReadAllLines(session.Ledger.Path)[^1];
        var text = Encoding.UTF8.GetString(stored.Manifest);
        Assert.Equal(LedgerLine.HashOf(Encoding.UTF8.GetBytes(lastLine)), LedgerHash().Match(text).Groups[1].Value);
        var zeroed = LedgerHash().Replace(text, $"  \"ledgerHash\": \"{LedgerLine.NoHash}\"");
        using var line = JsonDocument.Parse(lastLine);
        Assert.Equal(
            LedgerLine.HashOf(Encoding.UTF8.GetBytes(zeroed)), line.RootElement.GetProperty("manifestSha256").GetString());
        Assert.Equal(LedgerLine.HashOf(stored.Manifest), stored.ManifestSha256);
        Assert.Equal(LedgerLine.HashOf(File.ReadAllBytes(session.Ledger.Path)), stored.LedgerSha256);
        Assert.Equal(new FileInfo(session.Ledger.Path).Length, stored.LedgerLength);
    }

    [Fact]
    public void A_crash_after_sealing_gives_the_same_bytes_again()
    {
        SealedSession before;
        using (var session = _spool.Root.Create(TestSpool.Document()))
        {
            StoredSession.Record(_spool, session);
            session.Record(new GapOpened(3, TestSpool.Start.AddSeconds(31.9), GapCause.RecorderDied, null));
            before = SessionSealer.Seal(session, StoredSession.End, "recovered");
            _spool.Pass(100);
            session.Record(new Uploaded("vault", "session.json", before.LedgerSha256));
        }

        _spool.Pass(100);
        using var again = _spool.Root.TryAcquire("session-1")!;
        var derived = SessionSealer.Derive(again);

        Assert.Equal(before.Manifest, derived.Manifest);
        Assert.Equal(before with { Manifest = derived.Manifest }, derived);
        var sealedAgain = SessionSealer.Seal(again, StoredSession.End.AddSeconds(9), "complete");
        Assert.Equal(before.Manifest, sealedAgain.Manifest);
        Assert.Throws<InvalidOperationException>(() => again.Record(new CaptureEnded(1, "stopped", null)));
    }

    [Fact]
    public void A_session_document_that_was_changed_after_sealing_is_told()
    {
        var file = Path.Combine(_spool.Root.Path, "session-1", "session.json");
        using (var session = _spool.Root.Create(TestSpool.Document()))
        {
            SessionSealer.Seal(session, TestSpool.Start, "complete");
        }

        File.WriteAllText(file, File.ReadAllText(file).Replace("desk-7", "desk-8", StringComparison.Ordinal));

        using var again = _spool.Root.TryAcquire("session-1")!;
        Assert.False(Assert.Throws<SpoolException>(() => SessionSealer.Derive(again)).IsTransient);
    }

    [Fact]
    public void The_manifest_tells_of_the_session_in_the_order_of_time()
    {
        using var session = _spool.Root.Create(TestSpool.Document());
        StoredSession.Record(_spool, session);
        session.Record(new GapOpened(3, TestSpool.Start.AddSeconds(31.9), GapCause.CaptureFailed, "exit code 1"));
        _spool.Pass(3);
        session.Record(new CaptureEnded(2, "failed", null));

        var manifest = session.Read(account => ManifestBuilder.Build(session.Document, account, session.Ledger.LastHash));

        Assert.Equal(("recording", null), (manifest.State, manifest.EndedAt));
        Assert.Equal(("session-1", "local", "Zoë [admin]", "desk-7"), (manifest.SessionId, manifest.Platform, manifest.User, manifest.Host));
        Assert.Equal(TestSpool.Start, manifest.StartedAt);
        Assert.Equal(new ManifestRecorder("0.1.0", "ffmpeg 5.1.9", "x11grab", "libx264", 5), manifest.Recorder);
        Assert.Equal(["AppStream_Stack_Name", "zone"], manifest.Metadata.Keys);
        Assert.Equal([0, 1, 2], manifest.Segments.Select(segment => segment.Index));
        Assert.Equal([1280, 1920], manifest.Displays.Select(display => display.Monitors[0].Width));
        Assert.Equal(
            [
                new ManifestGap(TestSpool.Start, TestSpool.At(1), "starting", null),
                new ManifestGap(
                    TestSpool.At(20.7), TestSpool.At(22), "display-changed", "1280x720 to 1920x1080"),
                // Still open: up to the last line.
                new ManifestGap(TestSpool.At(31.9), TestSpool.At(35), "capture-failed", "exit code 1"),
            ],
            manifest.Gaps);
    }

    [Fact]
    public void Fields_of_a_later_version_are_kept()
    {
        var stored = new StoredSession();
        var text = Encoding.UTF8.GetString(stored["manifest.json"])
            .Replace("\"schema\": 1,", "\"schema\": 1,\n  \"watermark\": {\n    \"x\": [\n      1\n    ]\n  },", StringComparison.Ordinal)
            .Replace("\"index\": 1,", "\"index\": 1,\n      \"codec\": \"av1\",", StringComparison.Ordinal);

        var again = ManifestJson.Serialize(ManifestJson.Parse(Encoding.UTF8.GetBytes(text)));

        using var document = JsonDocument.Parse(again);
        Assert.Equal(1, document.RootElement.GetProperty("watermark").GetProperty("x")[0].GetInt32());
        Assert.Equal("av1", document.RootElement.GetProperty("segments")[1].GetProperty("codec").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"schema\": 1, \"segments\": null}")]
    public void What_is_no_manifest_is_told_as_such(string text) =>
        Assert.ThrowsAny<JsonException>(() => ManifestJson.Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_schema_that_is_not_known_is_told()
    {
        var text = Encoding.UTF8.GetString(new StoredSession()["manifest.json"]).Replace("\"schema\": 1", "\"schema\": 2", StringComparison.Ordinal);
        var failure = Assert.Throws<JsonException>(() => ManifestJson.Parse(Encoding.UTF8.GetBytes(text)));
        Assert.Equal("its schema is 2, and this version knows 1", failure.Message);
    }

    [GeneratedRegex("^  \"ledgerHash\": \"([0-9a-f]{64})\"", RegexOptions.Multiline)]
    private static partial Regex LedgerHash();
}
