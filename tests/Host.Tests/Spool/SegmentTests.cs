using SessionRecorder.Host.Spool;

namespace SessionRecorder.Tests.Spool;

public sealed class SegmentTests : IDisposable
{
    private readonly TestSpool _spool = new();

    public void Dispose() => _spool.Dispose();

    [Fact]
    public void An_accepted_segment_is_hashed_named_by_number_and_time_and_moved()
    {
        using var session = _spool.Root.Create(TestSpool.Document());
        var file = TestSpool.WriteOpenFile(session, "c1-000000.mp4", "abc");

        var segment = session.AcceptSegment(file, 1, TestSpool.Start.AddSeconds(1).AddTicks(7), TestSpool.Facts(9.8));

        Assert.Equal(
            new SegmentClosed(
                0,
                1,
                "video/000000-20261123T080225.123Z.mp4",
                TestSpool.Start.AddSeconds(1),
                9.8,
                49,
                1280,
                720,
                3,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                File: "c1-000000.mp4"),
            segment);
        Assert.False(File.Exists(file));
        Assert.Equal("abc", File.ReadAllText(session.PathOf(segment.Key)));
        Assert.Equal(1, TestSpool.AddSegment(session, 11).Index);
    }

    [Fact]
    public void Numbers_go_on_after_a_session_was_taken_over()
    {
        using (var session = _spool.Root.Create(TestSpool.Document()))
        {
            session.Record(account => new CaptureStarted(
                account.NextCapture, TestSpool.Start, "1x1+0+0", 5, "x11grab", "libx264", "ffmpeg", 1, "t"));
            TestSpool.AddSegment(session, 0);
            session.Record(account => new GapOpened(account.NextGap, TestSpool.Start, GapCause.Starting, null));
        }

        using var again = _spool.Root.TryAcquire("session-1")!;
        Assert.Equal((1, 2, 2), again.Read(account => (account.NextSegment, account.NextCapture, account.NextGap)));
        Assert.True(again.Read(account => account.IsCapturing));
        Assert.Equal(("t", 1), again.Read(account => (account.LastCapture!.ProcessStart!, account.LastCapture.ProcessId!.Value)));
    }

    [Fact]
    public void What_a_crash_left_without_a_line_is_found_in_order()
    {
        using var session = _spool.Root.Create(TestSpool.Document());
        TestSpool.AddSegment(session, 0);
        TestSpool.WriteOpenFile(session, "c2-000001.mp4", "b");
        TestSpool.WriteOpenFile(session, "c2-000000.mp4", "a");
        var moved = Path.Combine(session.VideoDirectory, "000001-20261123T080234.123Z.mp4");
        File.WriteAllText(moved, "moved");

        var found = session.FindUnfinishedFiles();

        Assert.Equal(
            [
                new UnfinishedFile(moved, TestSpool.Start.AddSeconds(10)),
                new UnfinishedFile(Path.Combine(session.OpenDirectory, "c2-000000.mp4"), null),
                new UnfinishedFile(Path.Combine(session.OpenDirectory, "c2-000001.mp4"), null),
            ],
            found);
        var accepted = session.AcceptSegment(moved, 1, found[0].StartedAt!.Value, TestSpool.Facts());
        Assert.Equal(moved, session.PathOf(accepted.Key));
        Assert.Equal(2, session.FindUnfinishedFiles().Count);
    }

    [Fact]
    public void A_segment_that_cannot_be_taken_is_told_and_the_session_goes_on()
    {
        using var session = _spool.Root.Create(TestSpool.Document());

        var failure = Assert.Throws<SpoolException>(() =>
            session.AcceptSegment(Path.Combine(session.OpenDirectory, "none.mp4"), 1, TestSpool.Start, TestSpool.Facts()));

        Assert.Equal((FailureScope.Segment, true), (failure.Scope, failure.IsTransient));
        Assert.Equal(0, TestSpool.AddSegment(session, 0).Index);
    }

    [Fact]
    public void A_file_that_is_already_there_is_never_replaced()
    {
        using var session = _spool.Root.Create(TestSpool.Document());
        var there = session.PathOf(SegmentName.Key(0, TestSpool.Start));
        File.WriteAllText(there, "precious");

        Assert.Throws<SpoolException>(() => TestSpool.AddSegment(session, 0));
        Assert.Equal("precious", File.ReadAllText(there));
    }

    [Fact]
    public void A_local_copy_may_go_only_when_every_sink_confirmed_these_very_bytes()
    {
        string[] sinks = ["vault", "backup"];
        using var session = _spool.Root.Create(TestSpool.Document());
        var segment = TestSpool.AddSegment(session, 0);
        bool IsConfirmed() => session.Read(a => a.Delivery.IsConfirmedByAll(sinks, segment.Key, segment.Sha256));

        session.Record(new Uploaded("vault", segment.Key, segment.Sha256));
        Assert.False(IsConfirmed());
        session.Record(new Uploaded("backup", segment.Key, new string('a', 64)));
        Assert.False(IsConfirmed());
        session.Record(new Uploaded("backup", segment.Key, segment.Sha256));
        Assert.True(IsConfirmed());

        session.DeleteVideo(segment.Key);
        session.DeleteVideo(segment.Key);
        Assert.False(File.Exists(session.PathOf(segment.Key)));
        session.Dispose();
        using var again = _spool.Root.TryAcquire("session-1")!;
        Assert.True(again.Read(a => a.Delivery.IsConfirmedByAll(sinks, segment.Key, segment.Sha256)));
        Assert.False(again.Read(a => a.Delivery.IsConfirmed("third", segment.Key, segment.Sha256)));
    }

    [Fact]
    public void A_refusal_is_remembered_until_the_object_is_confirmed()
    {
        using var session = _spool.Root.Create(TestSpool.Document());
        session.Record(new UploadRefused("vault", "video/a.mp4", "denied"));
        Assert.Equal("denied", session.Read(a => a.Delivery.Refused[("vault", "video/a.mp4")]));

        session.Record(new Uploaded("vault", "video/a.mp4", new string('a', 64)));
        Assert.Empty(session.Read(a => a.Delivery.Refused));
    }

    [Theory]
    [InlineData("session.json")]
    [InlineData("video/../session.json")]
    [InlineData("video/..")]
    [InlineData("video/")]
    [InlineData("video/a/b.mp4")]
    public void Only_segments_can_be_deleted_by_key(string key)
    {
        using var session = _spool.Root.Create(TestSpool.Document());
        Assert.Throws<ArgumentException>(() => session.DeleteVideo(key));
    }

    [Fact]
    public void The_account_is_the_same_live_and_when_read_again()
    {
        using var session = _spool.Root.Create(TestSpool.Document());
        session.Record(new GapOpened(1, TestSpool.Start.AddTicks(5), GapCause.Starting, null));
        session.Record(new GapClosed(1, TestSpool.Start, TestSpool.Start.AddSeconds(0.7).AddTicks(9)));
        _spool.Pass(12.34567);
        TestSpool.AddSegment(session, 0.7, 11.5);
        session.Record(new DisplayChanged(TestSpool.Start.AddTicks(3), []));
        session.Record(new ClockChanged(TestSpool.Start, 1.5));
        session.Record(new SessionRecovered(TestSpool.Start, TestSpool.Start, 1, true));

        var live = session.Read(Describe);
        var read = Describe(_spool.Root.Inspect("session-1")!.Value.Account);

        Assert.Equal(live, read);
    }

    private static string Describe(SessionAccount account) => string.Join(
        "\n",
        [
            .. account.Segments, .. account.Gaps, account.Opened, account.LastAt.UtcTicks, account.LastKnown.UtcTicks,
            account.ClockOffset, account.IsRecovered, .. account.Displays.Select(d => d.ChangedAt.UtcTicks), account.State,
            .. account.Gaps.Select(g => g.To!.Value.UtcTicks),
        ]);
}
