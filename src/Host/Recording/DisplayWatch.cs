using Microsoft.Extensions.Logging;

namespace SessionRecorder.Host.Recording;

/// <summary>Knows the display's topology at any time, and survives a display that goes away. Thread-safe.</summary>
internal sealed partial class DisplayWatch(IDisplayMonitor monitor, TimeProvider time, ILogger<DisplayWatch> logger)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DisplayTopology? _current;
    private RecorderException? _failure;

    /// <summary>The topology, or null while there is no display.</summary>
    public DisplayTopology? Current => Read(() => _current);

    /// <summary>Why there is no display; null while there is one.</summary>
    public RecorderException? Failure => Read(() => _failure);

    /// <summary>Completes at the next change of <see cref="Current"/>. Take it before looking at the current value.</summary>
    public Task Changed => Read(() => _changed.Task);

    /// <summary>Asks the display now, for whoever cannot wait for the event.</summary>
    /// <returns>The topology, or null when there is no display.</returns>
    public async Task<DisplayTopology?> RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            Set(await monitor.GetTopologyAsync(cancellationToken), null);
        }
        catch (RecorderException e)
        {
            Set(null, e);
        }

        return Current;
    }

    /// <summary>Watches until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var retry = FirstRetry;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var topology in monitor.WatchAsync(cancellationToken))
                {
                    retry = FirstRetry;
                    Set(topology, null);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (Failure?.Message != e.Message)
                {
                    LogLost(e.Message);
                }

                Set(null, e as RecorderException ?? Defect(e));
            }

            await Task.Delay(retry, time, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
            retry = retry * 2 < LastRetry ? retry * 2 : LastRetry;
        }
    }

    private static DisplayException Defect(Exception e) =>
        new($"the display monitor failed: {e.Message}", FailureScope.Session, isTransient: true, null, e);

    private void Set(DisplayTopology? topology, RecorderException? failure)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _failure = failure;
            if (Equals(_current, topology))
            {
                return;
            }

            _current = topology;
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    private T Read<T>(Func<T> value)
    {
        lock (_lock)
        {
            return value();
        }
    }

    [LoggerMessage(EventId = 300, Level = LogLevel.Warning, Message = "The display cannot be watched: {Reason}")]
    private partial void LogLost(string reason);
}
