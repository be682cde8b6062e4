namespace SessionRecorder.Host.Recording;

/// <summary>How long to wait before the next capture is started: not at all at first, then longer and longer.</summary>
internal sealed class RetryDelay
{
    private static readonly TimeSpan[] Steps =
    [
        TimeSpan.Zero,
        TimeSpan.FromMilliseconds(250),
        TimeSpan.FromMilliseconds(500),
        TimeSpan.FromSeconds(1),
        TimeSpan.FromSeconds(2),
        TimeSpan.FromSeconds(5),
    ];

    private int _failures;

    /// <summary>The delay for this attempt. Each call without a <see cref="Reset"/> between gives a longer one, up to 5 s.</summary>
    public TimeSpan Next() => Steps[Math.Min(_failures++, Steps.Length - 1)];

    /// <summary>A capture worked for a while, or the reason for the failures is gone.</summary>
    public void Reset() => _failures = 0;
}
