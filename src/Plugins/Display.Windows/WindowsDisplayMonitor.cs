using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace SessionRecorder.Plugins;

/// <summary>Watches the desktop of the session that this process runs in. Thread-safe.</summary>
internal sealed class WindowsDisplayMonitor(IDesktop desktop, TimeProvider time) : IDisplayMonitor
{
    private readonly CancellationTokenSource _disposal = new();
    private readonly ConcurrentDictionary<DesktopWatch, byte> _watches = [];

    public Task<DisplayTopology> GetTopologyAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposal.IsCancellationRequested, this);
        return Task.Run(() => DesktopTopology.Read(desktop), cancellationToken);
    }

    public async IAsyncEnumerable<DisplayTopology> WatchAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposal.IsCancellationRequested, this);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposal.Token);
        var watch = new DesktopWatch(desktop, time, ending.Token);
        _watches.TryAdd(watch, default);
        try
        {
            DisplayTopology? last = null;
            await foreach (var topology in watch.Topologies.ReadAllAsync(ending.Token))
            {
                // There and back again while the reader was busy: nothing to tell.
                if (!topology.Equals(last))
                {
                    last = topology;
                    yield return topology;
                }
            }

            ending.Token.ThrowIfCancellationRequested();
        }
        finally
        {
            await ending.CancelAsync();
            await watch.Ended;
            _watches.TryRemove(watch, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _disposal.CancelAsync();
        await Task.WhenAll(_watches.Keys.Select(watch => watch.Ended));
    }
}
