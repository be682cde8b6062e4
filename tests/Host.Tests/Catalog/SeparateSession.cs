using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Catalog;

/// <summary>The account of a session whose monitors had a video each: two of them, and one from the 20th second on.</summary>
internal static class SeparateSession
{
    public static Manifest Manifest(Func<LedgerFact, bool>? isKept = null)
    {
        var account = new SessionAccount();
        foreach (var fact in Facts().Where(isKept ?? (_ => true)))
        {
            account.Apply(fact, TestSpool.At(31));
        }

        return ManifestBuilder.Build(TestSpool.Document(), account, TestSpool.At(31), "complete", LedgerLine.NoHash);
    }

    private static IEnumerable<LedgerFact> Facts()
    {
        yield return new SessionOpened("session-1", TestSpool.At(0), "", "0.1.0");
        yield return new GapOpened(1, TestSpool.At(0), GapCause.Starting, null);
        yield return Started(1, 1, new LedgerTrack("left", "1024x768-1024+0"), new LedgerTrack("right", "1280x720+0+0"));
        yield return new GapClosed(1, TestSpool.At(0), TestSpool.At(1));
        yield return Segment(0, 1, 1, "left");
        yield return Segment(1, 1, 1, "right");
        yield return Segment(2, 1, 11, "left");
        yield return Segment(3, 1, 11, "right");
        yield return new GapOpened(2, TestSpool.At(20), GapCause.DisplayChanged, null);
        yield return Started(2, 21, new LedgerTrack("right", "1280x720+0+0"));
        yield return new GapClosed(2, TestSpool.At(20), TestSpool.At(21));
        yield return Segment(4, 2, 21, "right");
    }

    private static CaptureStarted Started(int capture, double at, params LedgerTrack[] tracks) =>
        new(capture, TestSpool.At(at), "2304x768-1024+0", 5, "gdigrab", "libx264", "ffmpeg 5.1", null, null, tracks);

    private static SegmentClosed Segment(int index, int capture, double at, string monitor) => new(
        index, capture, SegmentName.Key(index, TestSpool.At(at)), TestSpool.At(at), 10, 50, 1280, 720, 1000, new string('a', 64), monitor);
}
