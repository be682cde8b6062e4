namespace SessionRecorder.Plugins;

/// <summary>The time since the last input of the session that this process runs in. Thread-safe.</summary>
internal sealed class WindowsActivity(IInputClock clock) : IUserActivity
{
    /// <summary>Asks Windows at once; there is nothing to wait for.</summary>
    /// <exception cref="DisplayException">Windows does not tell, on a desktop that is locked, say; transient.</exception>
    public Task<TimeSpan> GetIdleTimeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // Both count milliseconds in 32 bits and begin anew after 49.7 days: their difference does not care.
        var (now, lastInput) = clock.Read();
        return Task.FromResult(TimeSpan.FromMilliseconds(unchecked(now - lastInput)));
    }
}

/// <summary>When there was input, as Windows counts.</summary>
internal interface IInputClock
{
    /// <summary>The tick count now and at the last input, in milliseconds.</summary>
    /// <exception cref="DisplayException">Windows does not tell; transient.</exception>
    (uint Now, uint LastInput) Read();
}
