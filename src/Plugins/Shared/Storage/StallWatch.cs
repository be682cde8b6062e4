namespace SessionRecorder.Plugins;

/// <summary>Cancels a request in which nothing has moved for too long. Thread-safe.</summary>
internal sealed class StallWatch : IDisposable
{
    private readonly CancellationTokenSource _stalled;
    private readonly CancellationTokenSource _linked;
    private readonly TimeSpan _limit;

    public StallWatch(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        _limit = limit;
        _stalled = new CancellationTokenSource(limit, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stalled.Token);
    }

    /// <summary>Cancelled with the caller's token, or when nothing moves.</summary>
    public CancellationToken Token => _linked.Token;

    /// <summary>Whether it was this watch that cancelled.</summary>
    public bool IsStalled => _stalled.IsCancellationRequested;

    /// <summary>Something has moved.</summary>
    public void Progress()
    {
        try
        {
            _stalled.CancelAfter(_limit);
        }
        catch (ObjectDisposedException)
        {
            // The request was given up while its body was still being read.
        }
    }

    public void Dispose()
    {
        _linked.Dispose();
        _stalled.Dispose();
    }
}
