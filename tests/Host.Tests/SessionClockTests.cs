using SessionRecorder.Host.Recording;

namespace SessionRecorder.Tests;

public sealed class SessionClockTests
{
    [Fact]
    public void A_clock_set_back_does_not_turn_session_time_back()
    {
        var time = new SettableClock();
        var clock = new SessionClock(time);
        time.Pass(TimeSpan.FromSeconds(1));
        var before = clock.Now;

        time.Utc -= TimeSpan.FromHours(1);
        var jump = clock.Check();
        time.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.FromHours(-1), jump);
        Assert.Equal(before + TimeSpan.FromSeconds(1), clock.Now);
        Assert.Equal(TimeSpan.FromHours(-1), clock.Offset);
    }

    [Fact]
    public void A_clock_set_forward_carries_session_time_along()
    {
        var time = new SettableClock();
        var clock = new SessionClock(time);
        var before = clock.Now;

        time.Utc += TimeSpan.FromMinutes(3);

        Assert.Equal(TimeSpan.FromMinutes(3), clock.Check());
        Assert.Equal(before + TimeSpan.FromMinutes(3), clock.Now);
    }

    [Fact]
    public void Small_corrections_are_followed_without_being_called_a_jump()
    {
        var time = new SettableClock();
        var clock = new SessionClock(time);

        time.Utc -= TimeSpan.FromMilliseconds(400);

        Assert.Null(clock.Check());
        Assert.Equal(TimeSpan.Zero, clock.Offset);
    }

    private sealed class SettableClock : TimeProvider
    {
        private TimeSpan _elapsed;

        public DateTimeOffset Utc { get; set; } = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _elapsed.Ticks;

        public override DateTimeOffset GetUtcNow() => Utc;

        public void Pass(TimeSpan time)
        {
            _elapsed += time;
            Utc += time;
        }
    }
}
