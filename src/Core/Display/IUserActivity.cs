namespace SessionRecorder;

/// <summary>
/// Knows how long ago the session's user last touched keyboard, mouse or another input device. Optional: a display plugin
/// registers it beside its <see cref="IDisplayMonitor"/>.
/// </summary>
/// <remarks>The member may be called from any thread; the host calls it about once a second, one call at a time.</remarks>
public interface IUserActivity
{
    /// <summary>Asks the session.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The time since the last input; zero or more.</returns>
    /// <exception cref="DisplayException">The session does not tell; permanent where it never will.</exception>
    Task<TimeSpan> GetIdleTimeAsync(CancellationToken cancellationToken);
}
