namespace SessionRecorder.Host.Upload;

/// <summary>How much was confirmed, and when. Thread-safe.</summary>
internal sealed class TransferMeter(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Queue<(long At, long Bytes)> _confirmed = new();
    private readonly long _startedAt = time.GetTimestamp();

    /// <summary>When something was confirmed last, UTC.</summary>
    public DateTimeOffset? LastSuccessAt { get; private set; }

    /// <summary>Of the last minute, or of the time since the start where that is shorter.</summary>
    public long BytesPerSecond
    {
        get
        {
            lock (_lock)
            {
                Forget();
                var elapsed = time.GetElapsedTime(_startedAt);
                var seconds = Math.Clamp(elapsed.TotalSeconds, 1, Window.TotalSeconds);
                return (long)(_confirmed.Sum(entry => entry.Bytes) / seconds);
            }
        }
    }

    /// <summary>An object was confirmed.</summary>
    public void Add(long bytes)
    {
        lock (_lock)
        {
            LastSuccessAt = time.GetUtcNow();
            _confirmed.Enqueue((time.GetTimestamp(), bytes));
            Forget();
        }
    }

    private void Forget()
    {
        while (_confirmed.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) > Window)
        {
            _confirmed.Dequeue();
        }
    }
}
