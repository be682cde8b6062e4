namespace SessionRecorder.Host.Upload;

/// <summary>How long a sink that fails is left alone: exponentially longer, with jitter, never for good. Thread-safe.</summary>
internal sealed class SinkBackoff(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>While somebody waits for the end of a session, a sink that comes back must not be noticed too late.</summary>
    private static readonly TimeSpan LongestInHurry = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private TimeSpan _longest = Longest;
    private TimeSpan _delay;
    private long _failedAt;
    private int _failures;

    /// <summary>Whether the last that was heard of the sink is a failure.</summary>
    public bool IsFailing => FailedAt is not null;

    /// <summary>
    /// The time stamp of that failure, or null: what is under way since before it may hang, and tells nothing of whether
    /// the sink is well again; one attempt after it does.
    /// </summary>
    public long? FailedAt
    {
        get
        {
            lock (_lock)
            {
                return _failures > 0 ? _failedAt : null;
            }
        }
    }

    /// <summary>How long it is to be left alone from now; zero where it may be tried.</summary>
    public TimeSpan Remaining
    {
        get
        {
            lock (_lock)
            {
                var left = _failures == 0 ? TimeSpan.Zero : _delay - time.GetElapsedTime(_failedAt);
                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }
    }

    /// <summary>An attempt failed.</summary>
    /// <param name="startedAt">The time stamp at which it was begun: several that failed together count as one.</param>
    public void Failed(long startedAt)
    {
        lock (_lock)
        {
            if (_failures > 0 && startedAt < _failedAt)
            {
                return;
            }

            _failures++;
            var doubled = First * Math.Pow(2, Math.Min(_failures - 1, 16));
            var most = doubled < _longest ? doubled : _longest;
            _delay = most * (0.5 + (Random.Shared.NextDouble() / 2));
            _failedAt = time.GetTimestamp();
        }
    }

    /// <summary>An attempt succeeded.</summary>
    public void Succeeded()
    {
        lock (_lock)
        {
            _failures = 0;
        }
    }

    /// <summary>Tries again at once, and from now on at least every two seconds.</summary>
    public void Hurry()
    {
        lock (_lock)
        {
            _longest = LongestInHurry;
            _delay = TimeSpan.Zero;
        }
    }
}
