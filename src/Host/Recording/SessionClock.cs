namespace SessionRecorder.Host.Recording;

/// <summary>The time of a session's account: UTC that never runs backwards.</summary>
/// <remarks>
/// Follows the system's clock, small corrections included. When the clock is set back, session time goes on from where
/// it was and <see cref="Offset"/> tells the difference; when it is set forward (or the machine slept), session time
/// follows and the time in between is a gap. So segments and gaps stay in order whatever happens to the clock. Not
/// thread-safe for <see cref="Check"/>; the rest may be called from any thread.
/// </remarks>
internal sealed class SessionClock
{
    /// <summary>A change between two checks that is larger than this is a clock that was set.</summary>
    public static readonly TimeSpan Threshold = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private long _lastTimestamp;
    private DateTimeOffset _lastUtc;
    private long _offsetTicks;

    public SessionClock(TimeProvider time, TimeSpan offset = default)
    {
        _time = time;
        _lastTimestamp = time.GetTimestamp();
        _lastUtc = time.GetUtcNow();
        _offsetTicks = offset.Ticks;
    }

    /// <summary>What to add to session time to get the system's clock.</summary>
    public TimeSpan Offset => TimeSpan.FromTicks(Interlocked.Read(ref _offsetTicks));

    /// <summary>Session time now.</summary>
    public DateTimeOffset Now => ToSession(_time.GetUtcNow());

    /// <summary>Session time of a moment that was read from the system's clock since the last change.</summary>
    /// <param name="system">UTC by the system's clock.</param>
    /// <returns>Session time, in whole milliseconds, as all times in ledger and manifest are.</returns>
    public DateTimeOffset ToSession(DateTimeOffset system) => ToSession(system, Offset);

    /// <summary>Session time of a moment that was read from the system's clock while it had a known offset.</summary>
    /// <inheritdoc cref="ToSession(DateTimeOffset)"/>
    public static DateTimeOffset ToSession(DateTimeOffset system, TimeSpan offset)
    {
        var utc = system.ToUniversalTime() - offset;
        return new DateTimeOffset(utc.Ticks - (utc.Ticks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
    }

    /// <summary>Looks whether the clock was set since the last call; call about once a second.</summary>
    /// <returns>By how much it was set, or null.</returns>
    public TimeSpan? Check()
    {
        var timestamp = _time.GetTimestamp();
        var utc = _time.GetUtcNow();
        var jump = utc - _lastUtc - _time.GetElapsedTime(_lastTimestamp, timestamp);
        _lastTimestamp = timestamp;
        _lastUtc = utc;
        if (jump.Duration() < Threshold)
        {
            return null;
        }

        if (jump < TimeSpan.Zero)
        {
            Interlocked.Add(ref _offsetTicks, jump.Ticks);
        }

        return jump;
    }
}
