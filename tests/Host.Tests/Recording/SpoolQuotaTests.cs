using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Recording;

public sealed class SpoolQuotaTests : IDisposable
{
    private readonly TestSpool _spool = new();
    private readonly SpoolSession _session;

    public SpoolQuotaTests() => _session = _spool.Root.Create(TestSpool.Document());

    public void Dispose()
    {
        _session.Dispose();
        _spool.Dispose();
    }

    [Fact]
    public void A_spool_that_is_full_stays_full_until_there_is_room_for_more_than_a_moment()
    {
        var quota = New(SpoolFullPolicy.Stop);

        Assert.Equal(
            [SpoolLevel.Roomy, SpoolLevel.Roomy, SpoolLevel.Full, SpoolLevel.Full, SpoolLevel.Roomy],
            [Level(quota, 500), Level(quota, 999), Level(quota, 1000), Level(quota, 950), Level(quota, 900)]);
        Assert.Equal(["full", "roomy"], Told().Select(fact => fact.Level));
        Assert.Equal((1000, 1000), (Told()[0].Bytes, Told()[0].Limit));
    }

    [Fact]
    public void Thinning_begins_well_before_the_limit_and_ends_well_below_where_it_began()
    {
        var quota = New(SpoolFullPolicy.Thin);

        Assert.Equal(
            [SpoolLevel.Roomy, SpoolLevel.Thinning, SpoolLevel.Thinning, SpoolLevel.Full, SpoolLevel.Thinning, SpoolLevel.Roomy],
            [Level(quota, 749), Level(quota, 750), Level(quota, 600), Level(quota, 1001), Level(quota, 900), Level(quota, 599)]);
        Assert.Equal(["thinning", "full", "thinning", "roomy"], Told().Select(fact => fact.Level));
    }

    [Fact]
    public void While_it_fills_up_one_picture_a_second_is_taken()
    {
        var quota = New(SpoolFullPolicy.Thin);
        Assert.Equal(5, quota.FrameRate(5));

        Level(quota, 800);

        Assert.Equal(1, quota.FrameRate(5));
    }

    [Fact]
    public void What_other_sessions_hold_counts_too()
    {
        using var other = _spool.Root.Create(TestSpool.Document("session-2"));
        File.WriteAllBytes(Path.Combine(other.VideoDirectory, "segment.mp4"), new byte[700]);
        var quota = New(SpoolFullPolicy.Stop);

        Assert.Equal(SpoolLevel.Full, Level(quota, 300));
    }

    [Fact]
    public void Without_a_limit_nothing_is_counted()
    {
        var quota = new SpoolQuota(_session, null, SpoolFullPolicy.Stop, _spool.Time, NullLogger<SpoolQuota>.Instance);

        Assert.Equal(SpoolLevel.Roomy, Level(quota, 1_000_000));
        Assert.Equal(0, quota.Bytes);
    }

    private SpoolQuota New(SpoolFullPolicy policy) => new(_session, 1000, policy, _spool.Time, NullLogger<SpoolQuota>.Instance);

    private SpoolLevel Level(SpoolQuota quota, int bytes)
    {
        File.WriteAllBytes(Path.Combine(_session.OpenDirectory, "c1-000000.mp4"), new byte[bytes]);
        _spool.Pass(3);
        return quota.Check();
    }

    private IReadOnlyList<SpoolFilled> Told()
    {
        var told = new List<SpoolFilled>();
        using var file = new FileStream(Path.Combine(_session.Directory, "ledger.jsonl"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
        LedgerReader.Scan(file, file.Name, line =>
        {
            if (line.Fact is SpoolFilled filled)
            {
                told.Add(filled);
            }
        });
        return told;
    }
}
