using System.Diagnostics;

namespace SessionRecorder.Tests;

/// <summary>Reads a watch in the background and remembers what was told, and when.</summary>
internal sealed class Watching : IAsyncDisposable
{
    /// <summary>Long enough that only a defect exceeds it, however busy the machine.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<(DisplayTopology Topology, long At)> _told = [];
    private readonly SemaphoreSlim _news = new(0);
    private readonly Task _reading;

    public Watching(IDisplayMonitor monitor) => _reading = ReadAsync(monitor);

    public DisplayTopology[] Told
    {
        get
        {
            lock (_told)
            {
                return [.. _told.Select(t => t.Topology)];
            }
        }
    }

    /// <summary>How the watch ended; never completes while it goes on.</summary>
    public async Task<Exception?> EndAsync()
    {
        await Task.WhenAny(_reading).WaitAsync(Limit);
        return _reading.Exception?.InnerException ?? (_reading.IsCanceled ? new OperationCanceledException() : null);
    }

    /// <summary>Waits until the newest topology is one that is meant.</summary>
    /// <returns>The topology, and when it was told (Stopwatch timestamp).</returns>
    public async Task<(DisplayTopology Topology, long At)> UntilAsync(Func<DisplayTopology, bool> isMeant)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            lock (_told)
            {
                if (_told.Count > 0 && isMeant(_told[^1].Topology))
                {
                    return _told[^1];
                }
            }

            if (_reading.IsCompleted)
            {
                await _reading;
            }

            await _news.WaitAsync(limit.Token);
        }
    }

    public async Task StopAsync() => await _stop.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_reading);
        _stop.Dispose();
        _news.Dispose();
    }

    private async Task ReadAsync(IDisplayMonitor monitor)
    {
        await Task.Yield();
        try
        {
            await foreach (var topology in monitor.WatchAsync(_stop.Token))
            {
                lock (_told)
                {
                    _told.Add((topology, Stopwatch.GetTimestamp()));
                }

                _news.Release();
            }
        }
        finally
        {
            _news.Release();
        }
    }
}
