using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace SessionRecorder.Plugins;

/// <summary>Watches the X display of a session through RandR. Thread-safe.</summary>
internal sealed class X11DisplayMonitor(UserSession session, TimeProvider time) : IDisplayMonitor
{
    private readonly CancellationTokenSource _disposal = new();
    private readonly ConcurrentDictionary<X11Watch, byte> _watches = [];

    public async Task<DisplayTopology> GetTopologyAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposal.IsCancellationRequested, this);
        var target = DisplayTarget.Of(session.Environment, session.User);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposal.Token);
        return await Task.Run(() => Read(target, ending.Token), ending.Token);
    }

    public async IAsyncEnumerable<DisplayTopology> WatchAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposal.IsCancellationRequested, this);
        var target = DisplayTarget.Of(session.Environment, session.User);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposal.Token);
        var watch = new X11Watch(target, time, ending.Token);
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

    private DisplayTopology Read(DisplayTarget target, CancellationToken cancellationToken)
    {
        using var connection = X11Connection.Open(target, time, cancellationToken);
        return new TopologyReader(connection, TopologyReader.Monitors).Read();
    }
}
