namespace SessionRecorder;

/// <summary>Watches the display of the session that is recorded.</summary>
/// <remarks>
/// A plugin registers it as a singleton; the host makes one for each recorded session and asks the
/// <see cref="UserSession"/> in the same container which display is meant. The members may be called from any thread,
/// and concurrently. Disposing ends every watch.
/// </remarks>
public interface IDisplayMonitor : IAsyncDisposable
{
    /// <summary>Asks for the topology at this moment.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The topology.</returns>
    /// <exception cref="DisplayException">There is no display, or it cannot be asked.</exception>
    Task<DisplayTopology> GetTopologyAsync(CancellationToken cancellationToken);

    /// <summary>Tells of changes as they happen.</summary>
    /// <remarks>
    /// Driven by events where the system has events; a change is told within 50 ms of them. The first item is the
    /// topology at the time of the call, so no change can fall between asking and watching. Equal topologies in a row
    /// are told once. Several changes in quick succession may be told as one, but the last one is always told.
    /// </remarks>
    /// <param name="cancellationToken">Ends the stream with <see cref="OperationCanceledException"/>.</param>
    /// <returns>An endless stream of topologies.</returns>
    /// <exception cref="DisplayException">The display went away; the host calls again, with backoff.</exception>
    IAsyncEnumerable<DisplayTopology> WatchAsync(CancellationToken cancellationToken);
}
