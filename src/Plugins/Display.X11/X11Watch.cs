using System.Threading.Channels;

namespace SessionRecorder.Plugins;

/// <summary>Watches a display on a thread of its own until its token is cancelled or the display goes away.</summary>
internal sealed class X11Watch
{
    /// <summary>How often the display is looked at although no event came; also bounds each wait.</summary>
    private static readonly TimeSpan Recheck = TimeSpan.FromMilliseconds(250);

    private readonly DisplayTarget _target;
    private readonly TimeProvider _time;
    private readonly CancellationToken _cancellation;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // A reader that is behind needs only the newest.
    private readonly Channel<DisplayTopology> _topologies = Channel.CreateBounded<DisplayTopology>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleWriter = true });

    public X11Watch(DisplayTarget target, TimeProvider time, CancellationToken cancellationToken)
    {
        _target = target;
        _time = time;
        _cancellation = cancellationToken;
        new Thread(Run) { IsBackground = true, Name = $"X11 watch {target.Address.Text}" }.Start();
    }

    /// <summary>The topologies. Faulted with <see cref="DisplayException"/> when the display goes away.</summary>
    public ChannelReader<DisplayTopology> Topologies => _topologies.Reader;

    /// <summary>Completes when the thread has let go of the display.</summary>
    public Task Ended => _ended.Task;

    private void Run()
    {
        Exception? end = null;
        try
        {
            using var connection = X11Connection.Open(_target, _time, _cancellation);
            var reader = new TopologyReader(connection, TopologyReader.Monitors);
            reader.Subscribe();
            for (DisplayTopology? last = null; ;)
            {
                var topology = reader.Read();
                if (!topology.Equals(last))
                {
                    _topologies.Writer.TryWrite(topology);
                    last = topology;
                }

                connection.WaitForEvents(Recheck);
            }
        }
        catch (Exception e)
        {
            // Whatever it is, the reader is the one to hear of it; on this thread it would end the process.
            end = e;
        }

        _topologies.Writer.TryComplete(end);
        _ended.SetResult();
    }
}
