using System.Threading.Channels;

namespace SessionRecorder.Plugins;

/// <summary>Watches the desktop on a thread of its own until its token is cancelled or the desktop cannot be read.</summary>
internal sealed class DesktopWatch
{
    /// <summary>
    /// How often the desktop is looked at although no message came: not every change sends one, and what is captured between
    /// the last look and a change counts as no picture.
    /// </summary>
    private static readonly TimeSpan Recheck = TimeSpan.FromMilliseconds(100);

    private readonly IDesktop _desktop;
    private readonly TimeProvider _time;
    private readonly CancellationToken _cancellation;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // A reader that is behind needs only the newest.
    private readonly Channel<DisplayTopology> _topologies = Channel.CreateBounded<DisplayTopology>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleWriter = true });

    public DesktopWatch(IDesktop desktop, TimeProvider time, CancellationToken cancellationToken)
    {
        _time = time;
        _desktop = desktop;
        _cancellation = cancellationToken;
        new Thread(Run) { IsBackground = true, Name = "desktop watch" }.Start();
    }

    /// <summary>The topologies. Faulted with <see cref="DisplayException"/> when the desktop cannot be read.</summary>
    public ChannelReader<DisplayTopology> Topologies => _topologies.Reader;

    /// <summary>Completes when the thread has let go of the desktop.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The change that nobody has read yet begins the one that takes its place.</summary>
    private DateTimeOffset? UnreadChange() => Topologies.TryPeek(out var unread) ? unread.ChangedAfter : null;

    private void Run()
    {
        Exception? end = null;
        try
        {
            // Before the first look, so that no change falls between.
            using var listener = _desktop.Listen();
            DisplayTopology? last = null;
            DateTimeOffset? lastLook = null;
            while (!_cancellation.IsCancellationRequested)
            {
                // Also where a message came: the screen has changed before its message is there.
                var look = _time.GetUtcNow();
                var topology = DesktopTopology.Read(_desktop, UnreadChange() ?? lastLook);
                lastLook = look;
                if (!topology.Equals(last))
                {
                    _topologies.Writer.TryWrite(topology);
                    last = topology;
                }

                listener.Wait(Recheck, _cancellation);
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
