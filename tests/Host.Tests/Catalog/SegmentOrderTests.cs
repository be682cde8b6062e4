using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Catalog;

/// <summary>Times of segments that cannot be true, in a ledger that is whole otherwise.</summary>
public sealed class SegmentOrderTests
{
    [Fact]
    public async Task A_segment_that_goes_on_after_the_session_has_ended_is_found()
    {
        var report = await VerifyAsync(end: 14, ("c000001-000000.mp4", 0), ("c000001-000001.mp4", 10));

        var fault = Assert.Single(report.Faults);
        Assert.StartsWith("impossible: it goes on until 2026-11-23T08:02:44.123Z, and the session ended at 2026-11-23T08:02:38.123Z", fault.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_of_a_capture_whose_times_contradict_their_numbers_are_found()
    {
        var report = await VerifyAsync(
            end: 40, ("c000001-000000.mp4", 0), ("c000001-000002.mp4", 10), ("c000001-000003.mp4", 20), ("c000001-000001.mp4", 30));

        var fault = Assert.Single(report.Faults);
        Assert.StartsWith("impossible: its file c000001-000001.mp4 was written before c000001-000002.mp4", fault.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_was_taken_in_late_with_its_true_time_is_no_fault()
    {
        var report = await VerifyAsync(
            end: 30, ("c000001-000000.mp4", 0), ("c000001-000002.mp4", 20), ("c000001-000001.mp4", 10));

        Assert.Empty(report.Faults);
    }

    [Fact]
    public async Task Tracks_and_captures_are_in_order_each_by_itself()
    {
        var report = await VerifyAsync(
            end: 30.2,
            ("c000001-m0-000000.mp4", 0),
            ("c000001-m1-000001.mp4", 10),
            ("c000001-m0-000001.mp4", 10),
            ("c000001-m1-000000.mp4", 0),
            ("c000002-m0-000000.mp4", 20));

        Assert.Empty(report.Faults);
    }

    private static async Task<VerifyReport> VerifyAsync(double end, params (string File, double At)[] files)
    {
        using var spool = new TestSpool();
        using var session = spool.Root.Create(TestSpool.Document());
        var sink = new MemorySink();
        var prefix = StoredSession.Prefix;
        foreach (var (file, at) in files)
        {
            var capture = file.StartsWith("c000002", StringComparison.Ordinal) ? 2 : 1;
            var segment = session.AcceptSegment(
                TestSpool.WriteOpenFile(session, file, file), capture, TestSpool.At(at), TestSpool.Facts());
            sink.Objects[prefix + segment.Key] = File.ReadAllBytes(session.PathOf(segment.Key));
        }

        sink.Objects[prefix + "session.json"] = File.ReadAllBytes(Path.Combine(session.Directory, "session.json"));
        sink.Objects[prefix + "manifest.json"] = SessionSealer.Seal(session, TestSpool.At(end), "complete").Manifest;
        using var ledger = session.Ledger.OpenSealed();
        var bytes = new MemoryStream();
        await ledger.CopyToAsync(bytes, TestContext.Current.CancellationToken);
        sink.Objects[prefix + "ledger.jsonl"] = bytes.ToArray();
        return await SessionVerifier.VerifyAsync(sink, prefix, null, TestContext.Current.CancellationToken);
    }
}
