namespace SessionRecorder.Host.Service;

/// <summary>A session that is gone, perhaps for seconds only. Thread-safe.</summary>
/// <param name="session">As it was.</param>
internal sealed class Absence(DesktopSession session)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DesktopSession Session { get; } = session;

    /// <summary>Somebody is back at its place.</summary>
    public void End() => _ended.TrySetResult();

    /// <summary>Waits until it ends, for that long at most, or until cancelled; never throws.</summary>
    public async Task WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancellationToken)
    {
        if (longest > TimeSpan.Zero)
        {
            await _ended.Task.WaitAsync(longest, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
