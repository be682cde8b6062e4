namespace SessionRecorder.Plugins;

/// <summary>Knows how far this machine's clock is from the store's, which refuses requests signed at another time. Thread-safe.</summary>
internal sealed class ServerClock(TimeProvider time)
{
    private long _offsetTicks = long.MinValue;

    /// <summary>The store's time less this machine's, within a second or so; null before the store's first answer.</summary>
    public TimeSpan? Offset => Interlocked.Read(ref _offsetTicks) is var ticks and not long.MinValue ? TimeSpan.FromTicks(ticks) : null;

    /// <summary>The store answered.</summary>
    public void Observe(HttpResponseMessage response)
    {
        if (response.Headers.Date is { } date)
        {
            Interlocked.Exchange(ref _offsetTicks, (date - time.GetUtcNow()).Ticks);
        }
    }
}
