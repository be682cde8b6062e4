using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Catalog;

public sealed class CoverageTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Segments_and_gaps_without_a_hole_cover_the_session() =>
        Assert.Empty(Uncovered(30, 5, [(1, 9), (10.2, 10), (25, 5)], [(0, 1), (20.2, 25)]));

    [Fact]
    public void What_is_in_nothing_is_told_at_the_start_between_and_at_the_end() =>
        Assert.Equal([(0, 1), (10, 12), (20, 30)], Uncovered(30, 5, [(1, 9), (12, 8)], []));

    [Fact]
    public void A_session_of_nothing_is_wholly_unaccounted_for() => Assert.Equal([(0, 30)], Uncovered(30, 5, [], []));

    [Theory]
    [InlineData(5d, 0.5, true)]
    [InlineData(5d, 0.501, false)]
    [InlineData(60d, 0.5, true)]
    [InlineData(1d, 2.5, true)]
    [InlineData(1d, 2.501, false)]
    [InlineData(null, 0.5, true)]
    [InlineData(null, 0.501, false)]
    public void The_frame_interval_between_two_segments_is_no_loss(double? frameRate, double between, bool isTolerated) =>
        Assert.Equal(isTolerated, Uncovered(20, frameRate, [(0, 10), (10 + between, 10 - between)], []).Length == 0);

    [Fact]
    public void Overlaps_and_what_lies_within_is_allowed_in_any_order() =>
        Assert.Empty(Uncovered(30, 5, [(20, 10), (0, 15), (2, 3)], [(4, 6), (14, 21)]));

    [Fact]
    public void A_long_segment_covers_what_a_later_short_one_does_not() =>
        Assert.Empty(Uncovered(30, 5, [(0, 30), (5, 1)], []));

    [Fact]
    public void What_reaches_beyond_the_end_is_no_hole() => Assert.Empty(Uncovered(10, 5, [(0, 12), (14, 1)], []));

    [Fact]
    public void Picture_time_counts_overlaps_once_and_leaves_out_gaps_within_a_segment()
    {
        var manifest = Make(30, 5, [(0, 10), (5, 10)], [(12, 13), (15, 30)]);
        Assert.Equal(TimeSpan.FromSeconds(14), Coverage.PictureTime(manifest));
        Assert.Equal(TimeSpan.FromSeconds(16), Coverage.GapTime(manifest));
    }

    [Fact]
    public void A_monitor_that_came_or_went_is_missed_only_while_it_was_there()
    {
        var manifest = SeparateSession.Manifest();
        Assert.Empty(Coverage.FindUncovered(manifest));
        Assert.Empty(Coverage.FindUncoveredTracks(manifest));
        Assert.Equal(TimeSpan.FromSeconds(29), Coverage.PictureTime(manifest));
    }

    [Fact]
    public void A_hole_in_the_video_of_one_monitor_is_told_though_others_go_on()
    {
        var manifest = SeparateSession.Manifest(fact => fact is not SegmentClosed { Index: 2 });
        Assert.Empty(Coverage.FindUncovered(manifest));
        var (monitor, stretch) = Assert.Single(Coverage.FindUncoveredTracks(manifest));
        Assert.Equal(("left", TestSpool.At(11), TestSpool.At(20)), (monitor, stretch.From, stretch.To));
    }

    [Fact]
    public void Absurd_figures_do_no_harm()
    {
        var manifest = Make(30, 5, [(0, 1e300), (5, -1e300)], [(20, 10)]);
        Assert.Empty(Coverage.FindUncovered(manifest));
    }

    private static (double From, double To)[] Uncovered(
        double end, double? frameRate, (double Start, double Duration)[] segments, (double From, double To)[] gaps) =>
    [
        .. Coverage.FindUncovered(Make(end, frameRate, segments, gaps))
            .Select(stretch => ((stretch.From - Start).TotalSeconds, (stretch.To - Start).TotalSeconds)),
    ];

    private static Manifest Make(
        double end, double? frameRate, (double Start, double Duration)[] segments, (double From, double To)[] gaps) => new()
        {
            SessionId = "s",
            Platform = "local",
            State = "complete",
            User = "u",
            Host = "h",
            StartedAt = Start,
            EndedAt = Start.AddSeconds(end),
            Metadata = new Dictionary<string, string>(),
            Displays = [],
            Recorder = new ManifestRecorder("0.1.0", null, null, null, frameRate),
            Segments =
            [
                .. segments.Select((segment, index) => new ManifestSegment(
                    index, "k", Start.AddSeconds(segment.Start), segment.Duration, 1, 1, 1, 1, "")),
            ],
            Gaps = [.. gaps.Select(gap => new ManifestGap(Start.AddSeconds(gap.From), Start.AddSeconds(gap.To), "c", null))],
            LedgerHash = "",
        };
}
