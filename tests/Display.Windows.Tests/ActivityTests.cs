using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class ActivityTests
{
    [Theory]
    [InlineData(5000u, 2000u, 3000)]
    [InlineData(500u, uint.MaxValue - 499u, 1000)]
    [InlineData(7u, 7u, 0)]
    public async Task The_idle_time_is_the_difference_also_when_the_counter_began_anew(uint now, uint last, int milliseconds)
    {
        var idle = await new WindowsActivity(new Clock(now, last)).GetIdleTimeAsync(TestContext.Current.CancellationToken);
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), idle);
    }

    private sealed class Clock(uint now, uint last) : IInputClock
    {
        public (uint Now, uint LastInput) Read() => (now, last);
    }
}
