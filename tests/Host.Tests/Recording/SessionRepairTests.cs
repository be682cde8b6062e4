using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Recording;

public sealed class SessionRepairTests : IDisposable
{
    private readonly TestSpool _spool = new();
    private readonly RepairingSource _source = new();

    public void Dispose() => _spool.Dispose();

    [Fact]
    public async Task Unfinished_files_become_segments_that_follow_their_captures_first_frame()
    {
        using var session = Begin(capture: 1, firstFrame: 1);
        TestSpool.WriteOpenFile(session, "c000001-000000.mp4", "10");
        TestSpool.WriteOpenFile(session, "c000001-000001.mp4", "4");

        await RepairAsync(session);

        Assert.Equal([TestSpool.At(1), TestSpool.At(11)], session.Read(a => a.Segments.Select(s => s.StartedAt).ToArray()));
    }

    [Fact]
    public async Task Files_of_two_captures_keep_their_own_times()
    {
        using var session = Begin(capture: 1, firstFrame: 1);
        session.Record(Started(capture: 2, firstFrame: 6));
        TestSpool.WriteOpenFile(session, "c000001-000000.mp4", "5");
        TestSpool.WriteOpenFile(session, "c000002-000000.mp4", "3");

        await RepairAsync(session);

        Assert.Equal([TestSpool.At(1), TestSpool.At(6)], session.Read(a => a.Segments.Select(s => s.StartedAt).ToArray()));
    }

    [Fact]
    public async Task A_file_that_nobody_can_read_is_set_aside_and_the_rest_goes_on()
    {
        using var session = Begin(capture: 1, firstFrame: 1);
        var poison = TestSpool.WriteOpenFile(session, "c000001-000000.mp4", "poison");
        TestSpool.WriteOpenFile(session, "c000001-000001.mp4", "4");

        var end = await RepairAsync(session);

        Assert.Single(session.Read(a => a.Segments.ToArray()));
        Assert.False(File.Exists(poison));
        Assert.Equal("poison", File.ReadAllText(Directory.GetFiles(Path.Combine(_spool.Folder, "data", "unreadable"), "*", SearchOption.AllDirectories).Single()));
        SessionSealer.Seal(session, end, "recovered");
        session.DeleteSession();
    }

    [Fact]
    public async Task What_cannot_be_repaired_now_keeps_recovery_waiting_and_a_restarted_recording_not()
    {
        using var session = Begin(capture: 1, firstFrame: 1);
        var later = TestSpool.WriteOpenFile(session, "c000001-000000.mp4", "later");

        await Assert.ThrowsAsync<CaptureException>(() => RepairAsync(session));
        await RepairAsync(session, continues: true);

        Assert.True(File.Exists(later));
        Assert.Throws<SpoolException>(session.DeleteSession);
        Assert.True(Directory.Exists(session.Directory));
    }

    [Fact]
    public async Task Every_moment_up_to_the_last_sign_of_life_is_accounted_for()
    {
        using var session = Begin(capture: 1, firstFrame: 1);
        TestSpool.WriteOpenFile(session, "c000001-000000.mp4", "5");
        _spool.Pass(9);
        session.Record(new DisplayChanged(TestSpool.At(9), []));

        var end = await RepairAsync(session);

        Assert.Equal(TestSpool.At(9), end);
        var manifest = session.Read(a => ManifestBuilder.Build(session.Document, a, "")) with { EndedAt = end };
        Assert.Empty(Coverage.FindUncovered(manifest));
        Assert.Contains(manifest.Gaps, gap => gap.Cause == GapCause.RecorderDied && gap.To == end);
    }

    [Fact]
    public async Task Frames_that_were_missing_between_a_segment_and_the_unfinished_file_are_a_gap()
    {
        using var session = Begin(capture: 1, firstFrame: 1);
        TestSpool.AddSegment(session, startsAfter: 1);
        var name = Path.GetFileName(SegmentName.Key(1, TestSpool.At(11.8)));
        await File.WriteAllTextAsync(Path.Combine(session.VideoDirectory, name), "4", TestContext.Current.CancellationToken);

        await RepairAsync(session);

        Assert.Equal(
            [(TestSpool.At(11), TestSpool.At(11.8), GapCause.NoFrames)],
            session.Read(a => a.Gaps.Where(gap => gap.Cause == GapCause.NoFrames).Select(gap => (gap.From, gap.To, gap.Cause)).ToArray()));
    }

    [Fact]
    public async Task A_gap_that_was_open_ends_with_the_first_picture_after_it()
    {
        using var session = Begin(capture: 1, firstFrame: 1);
        session.Record(new GapClosed(1, TestSpool.At(0), TestSpool.At(1)));
        session.Record(a => new GapOpened(a.NextGap, TestSpool.At(3), GapCause.CaptureFailed, null));
        session.Record(Started(capture: 2, firstFrame: 4));
        TestSpool.WriteOpenFile(session, "c000001-000000.mp4", "2");
        TestSpool.WriteOpenFile(session, "c000002-000000.mp4", "10");
        TestSpool.WriteOpenFile(session, "c000002-000001.mp4", "2");

        await RepairAsync(session);

        Assert.Equal(TestSpool.At(4), session.Read(a => a.Gaps[1].To));
    }

    [Fact]
    public async Task Files_of_two_monitors_become_segments_of_each_that_begin_at_the_same_moment()
    {
        using var session = _spool.Root.Create(TestSpool.Document());
        session.Record(a => new GapOpened(a.NextGap, TestSpool.At(0), GapCause.Starting, null));
        session.Record(Started(1, 1) with { Tracks = [new("a", "1280x720-1280+0"), new("b", "1280x720+0+0")] });
        TestSpool.WriteOpenFile(session, "c000001-m0-000000.mp4", "10");
        TestSpool.WriteOpenFile(session, "c000001-m0-000001.mp4", "4");
        TestSpool.WriteOpenFile(session, "c000001-m1-000000.mp4", "10");

        var end = await RepairAsync(session);

        Assert.Equal(
            [("a", TestSpool.At(1)), ("a", TestSpool.At(11)), ("b", TestSpool.At(1))],
            session.Read(a => a.Segments.Select(s => (s.Monitor!, s.StartedAt)).ToArray()));
        var manifest = session.Read(a => ManifestBuilder.Build(session.Document, a, "")) with { EndedAt = end };
        Assert.Empty(Coverage.FindUncoveredTracks(manifest));
        Assert.Contains(manifest.Gaps, gap => gap.Cause == GapCause.RecorderDied && gap.From == TestSpool.At(11));
    }

    [Fact]
    public async Task A_file_that_was_moved_before_its_line_was_written_is_the_one_that_its_monitor_misses()
    {
        using var session = _spool.Root.Create(TestSpool.Document());
        session.Record(Started(1, 1) with { Tracks = [new("a", "1280x720-1280+0"), new("b", "1280x720+0+0")] });
        File.WriteAllText(session.PathOf(SegmentName.Key(0, TestSpool.At(1))), "10");
        TestSpool.WriteOpenFile(session, "c000001-m0-000000.mp4", "10");
        TestSpool.WriteOpenFile(session, "c000001-m0-000001.mp4", "4");
        TestSpool.WriteOpenFile(session, "c000001-m1-000001.mp4", "4");

        await RepairAsync(session);

        Assert.Equal(
            [("b", TestSpool.At(1)), ("a", TestSpool.At(1)), ("a", TestSpool.At(11)), ("b", TestSpool.At(11))],
            session.Read(a => a.Segments.Select(s => (s.Monitor!, s.StartedAt)).ToArray()));
    }

    [Theory]
    [InlineData("c000001-000000.mp4", 1, 4)]
    [InlineData("c000001-000001.mp4", 5, 4)]
    [InlineData("c000001-000002.mp4", 9, 4)]
    [InlineData("c000001-000003.mp4", 13, 3)]
    public async Task A_file_that_is_measured_late_gets_the_time_at_which_it_was_captured(string late, double at, double seconds)
    {
        using var session = Begin(capture: 1, firstFrame: 1);
        for (var i = 0; i < 4; i++)
        {
            var (path, length) = ($"c000001-{i:D6}.mp4", i == 3 ? 3 : 4);
            var file = TestSpool.WriteOpenFile(session, path, $"{length}");
            if (path != late)
            {
                session.AcceptSegment(file, 1, TestSpool.At(1 + (4 * i)), TestSpool.Facts(length));
            }
        }

        _spool.Pass(16);
        await NewRepair().AdoptLeftoversAsync(session, TestSpool.At(16), TestContext.Current.CancellationToken);

        var adopted = session.Read(a => a.Segments[^1]);
        Assert.Equal((late, TestSpool.At(at), seconds), (adopted.File, adopted.StartedAt, adopted.Duration));
    }

    [Fact]
    public async Task Files_in_a_row_that_are_measured_late_follow_each_other()
    {
        using var session = Begin(capture: 1, firstFrame: 1);
        Accept(session, 0, 1);
        TestSpool.WriteOpenFile(session, "c000001-000001.mp4", "4");
        TestSpool.WriteOpenFile(session, "c000001-000002.mp4", "4");
        Accept(session, 3, 13);

        await NewRepair().AdoptLeftoversAsync(session, TestSpool.At(17), TestContext.Current.CancellationToken);

        Assert.Equal([1, 13, 5, 9], StartsOf(session));
    }

    [Fact]
    public async Task Nothing_is_guessed_while_the_file_ahead_cannot_be_measured()
    {
        using var session = Begin(capture: 1, firstFrame: 1);
        Accept(session, 0, 1);
        var ahead = TestSpool.WriteOpenFile(session, "c000001-000001.mp4", "later");
        TestSpool.WriteOpenFile(session, "c000001-000002.mp4", "4");

        await Assert.ThrowsAsync<CaptureException>(Adopt);

        Assert.Equal([1], StartsOf(session));
        File.WriteAllText(ahead, "4");
        await Adopt();
        Assert.Equal([1, 5, 9], StartsOf(session));

        Task Adopt() => NewRepair().AdoptLeftoversAsync(session, TestSpool.At(13), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_file_that_is_set_aside_is_told_in_the_ledger_and_leaves_a_gap_that_names_it()
    {
        using var session = Begin(capture: 1, firstFrame: 1);
        session.Record(new GapClosed(1, TestSpool.At(0), TestSpool.At(1)));
        Accept(session, 0, 1);
        TestSpool.WriteOpenFile(session, "c000001-000001.mp4", "poison");
        Accept(session, 2, 9);

        await NewRepair().AdoptLeftoversAsync(session, TestSpool.At(13), TestContext.Current.CancellationToken);

        var gap = session.Read(a => a.Gaps[^1]);
        Assert.Equal((TestSpool.At(5), TestSpool.At(9), GapCause.CaptureFailed), (gap.From, gap.To, gap.Cause));
        Assert.Contains("c000001-000001.mp4", gap.Detail, StringComparison.Ordinal);
        Assert.Equal(new FileSetAside("c000001-000001.mp4", "no video"), Assert.Single(session.Read(a => a.SetAside)));
        Assert.Equal([session.SetAsideFolder!], _spool.Root.ListSetAside());
    }

    [Fact]
    public void A_session_whose_agent_is_being_started_is_no_orphan()
    {
        _spool.Root.Create(TestSpool.Document()).Dispose();

        using (_spool.Root.TryHoldForStart("session-1"))
        {
            Assert.Null(_spool.Root.TryAcquireOrphan("session-1"));
            _spool.Root.TryAcquire("session-1")!.Dispose();
        }

        using var orphan = _spool.Root.TryAcquireOrphan("session-1");
        Assert.NotNull(orphan);
    }

    [Fact]
    public async Task A_file_that_the_plugin_fails_to_measure_again_and_again_goes_up_by_what_its_boxes_tell()
    {
        using var session = Begin(capture: 1, firstFrame: 1);
        session.Record(new GapClosed(1, TestSpool.At(0), TestSpool.At(1)));
        await CrashingVideo.MakeAsync(Path.Combine(session.OpenDirectory, "c000001-000000.mp4"));
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await Assert.ThrowsAsync<CaptureException>(() => RepairAsync(session));
            _spool.Pass(2);
        }

        _spool.Pass(600);
        var end = await RepairAsync(session);

        Assert.Equal(TestSpool.At(5), end, TimeSpan.FromSeconds(0.5));
        var segment = Assert.Single(session.Read(a => a.Segments.ToArray()));
        Assert.Equal((20, 320, 240), (segment.Frames, segment.Width, segment.Height));
        Assert.Equal(4, segment.Duration, 0.05);
        Assert.Equal(3, session.Read(a => a.FindFailures("c000001-000000.mp4"))!.Value.Count);
        Assert.Empty(session.Read(a => a.SetAside));
    }

    [Fact]
    public async Task One_that_tells_nothing_by_its_boxes_either_is_set_aside_in_the_end()
    {
        using var session = Begin(capture: 1, firstFrame: 1);
        TestSpool.WriteOpenFile(session, "c000001-000000.mp4", "later");
        for (var attempt = 0; attempt < 3; attempt++)
        {
            await Assert.ThrowsAsync<CaptureException>(() => RepairAsync(session));
        }

        _spool.Pass(600);
        await RepairAsync(session);

        Assert.Equal("c000001-000000.mp4", Assert.Single(session.Read(a => a.SetAside)).File);
    }

    private static void Accept(SpoolSession session, int number, double at) => session.AcceptSegment(
        TestSpool.WriteOpenFile(session, $"c000001-{number:D6}.mp4", "4"), 1, TestSpool.At(at), TestSpool.Facts(4));

    private static double[] StartsOf(SpoolSession session) =>
        session.Read(a => a.Segments.Select(s => (s.StartedAt - TestSpool.Start).TotalSeconds).ToArray());

    private SpoolSession Begin(int capture, double firstFrame)
    {
        var session = _spool.Root.Create(TestSpool.Document());
        session.Record(a => new GapOpened(a.NextGap, TestSpool.At(0), GapCause.Starting, null));
        session.Record(Started(capture, firstFrame));
        return session;
    }

    private static CaptureStarted Started(int capture, double firstFrame) =>
        new(capture, TestSpool.At(firstFrame), "1280x720+0+0", 5, "fake", "none", "fake 1", null, null);

    private Task<DateTimeOffset> RepairAsync(SpoolSession session, bool continues = false) =>
        NewRepair().RunAsync(session, continues, TestContext.Current.CancellationToken);

    private SessionRepair NewRepair() => new(_source, 5, NullLogger<SessionRepair>.Instance);

    /// <summary>Takes a file's text for its length in seconds, and two words for failures.</summary>
    private sealed class RepairingSource : ICaptureSource
    {
        public Task<CaptureDescription> ProbeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ICapture> StartAsync(CaptureRequest request, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<SegmentFacts?> RepairAsync(string path, double frameRate, CancellationToken cancellationToken) =>
            File.ReadAllText(path) switch
            {
                { Length: > 100 } => throw new CaptureException("ffprobe crashed", CaptureEnd.Failed, FailureScope.Segment, isTransient: true),
                "poison" => throw new CaptureException("no video", CaptureEnd.Failed, FailureScope.Segment, isTransient: false),
                "later" => throw new CaptureException("no time", CaptureEnd.Failed, FailureScope.Segment, isTransient: true),
                var seconds => Task.FromResult<SegmentFacts?>(TestSpool.Facts(double.Parse(seconds))),
            };
    }
}
