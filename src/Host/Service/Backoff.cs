namespace SessionRecorder.Host.Service;

/// <summary>When an agent that died may be started again: at once, and later and later while it goes on dying.</summary>
/// <remarks>Not thread-safe. It never gives up: every minute at the least there is another attempt.</remarks>
internal sealed class Backoff(TimeProvider time)
{
    /// <summary>An agent that lived for so long is sound.</summary>
    public static readonly TimeSpan Calm = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan[] Steps =
    [
        TimeSpan.Zero,
        TimeSpan.FromSeconds(2),
        TimeSpan.FromSeconds(5),
        TimeSpan.FromSeconds(15),
        TimeSpan.FromSeconds(30),
        TimeSpan.FromMinutes(1),
    ];

    private DateTimeOffset _last = DateTimeOffset.MinValue;

    /// <summary>How many attempts were made without calm between them.</summary>
    public int Attempts { get; private set; }

    /// <summary>Whether the next attempt is due; if so, it is counted as made now.</summary>
    public bool TryBegin()
    {
        var now = time.GetUtcNow();
        if (_last != DateTimeOffset.MinValue && now - _last > Calm + Steps[Math.Min(Attempts, Steps.Length - 1)])
        {
            Attempts = 0;
        }

        if (Attempts > 0 && now - _last < Steps[Math.Min(Attempts, Steps.Length - 1)])
        {
            return false;
        }

        (_last, Attempts) = (now, Attempts + 1);
        return true;
    }
}
