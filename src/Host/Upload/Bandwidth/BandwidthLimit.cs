namespace SessionRecorder.Host.Upload;

/// <summary>Spreads what is sent evenly over time, whoever sends it. Thread-safe.</summary>
/// <param name="bytesPerSecond">The limit.</param>
/// <param name="time">The clock.</param>
internal sealed class BandwidthLimit(long bytesPerSecond, TimeProvider time)
{
    /// <summary>
    /// The lowest limit, in bytes a second. Below it several sinks that share it would take a transfer that crawls for one
    /// that is stuck.
    /// </summary>
    public const long Least = 64_000;

    /// <summary>So many times a second somebody gets a share: short pauses, so that no connection falls silent.</summary>
    private const int SharesPerSecond = 20;

    /// <summary>What is due sooner is not waited for: timers are no more exact.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(15);

    private readonly Lock _lock = new();
    private readonly long _startedAt = time.GetTimestamp();
    private TimeSpan _free;

    /// <summary>Waits until some bytes may be sent, in the order in which it is asked.</summary>
    /// <param name="wanted">How many there are to be sent; more than zero.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many may be sent now: at least one, at most what was wanted.</returns>
    public async ValueTask<int> TakeAsync(int wanted, CancellationToken cancellationToken)
    {
        var granted = (int)Math.Min(wanted, Math.Max(1, bytesPerSecond / SharesPerSecond));
        var wait = Reserve(granted);
        if (wait > Slack)
        {
            await Task.Delay(wait, time, cancellationToken);
        }

        return granted;
    }

    private TimeSpan Reserve(int bytes)
    {
        lock (_lock)
        {
            var now = time.GetElapsedTime(_startedAt);
            var start = _free > now ? _free : now;
            _free = start + TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
            return start - now;
        }
    }
}
