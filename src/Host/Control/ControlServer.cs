using Microsoft.Extensions.Logging;
using StreamJsonRpc;

namespace SessionRecorder.Host.Control;

/// <summary>An agent's end of the control channel.</summary>
/// <remarks>
/// Where it cannot listen (a user may have taken a pipe's name before), the agent records all the same, and it goes on trying.
/// </remarks>
internal sealed partial class ControlServer : IAsyncDisposable
{
    private static readonly TimeSpan HangUpTimeout = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ListenPause = TimeSpan.FromSeconds(1);

    private readonly IAgentControl _agent;
    private readonly string _path;
    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _logger;
    private readonly List<Task> _peers = [];
    private readonly Task _accepting;
    private string? _deafness;

    /// <summary>Listens from now on.</summary>
    /// <param name="path">From <see cref="ControlPath"/>.</param>
    /// <param name="agent">Answers.</param>
    /// <param name="logger">Takes what goes wrong.</param>
    public ControlServer(string path, IAgentControl agent, ILogger<ControlServer> logger)
    {
        _agent = agent;
        _logger = logger;
        _path = path;
        _accepting = AcceptAsync(TryListen());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;

        // Whoever asked for the end still has to read the answer, and hangs up then.
        await Task.WhenAny(Task.WhenAll(_peers), Task.Delay(HangUpTimeout));
        _stop.Dispose();
    }

    private IControlListener? TryListen()
    {
        try
        {
            return ControlEndpoint.Listen(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_deafness != e.Message)
            {
                _deafness = e.Message;
                LogDeaf(_path, e.Message);
            }

            return null;
        }
    }

    private async Task AcceptAsync(IControlListener? first)
    {
        var listener = first;
        while (listener is null && !_stop.IsCancellationRequested)
        {
            await Task.Delay(ListenPause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            listener = _stop.IsCancellationRequested ? null : TryListen();
        }

        if (listener is not null)
        {
            using (listener)
            {
                await AcceptAllAsync(listener);
            }
        }
    }

    private async Task AcceptAllAsync(IControlListener listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (await listener.AcceptAsync(_stop.Token) is not { } peer)
                {
                    LogRefused();
                    continue;
                }

                lock (_peers)
                {
                    _peers.RemoveAll(task => task.IsCompleted);
                    _peers.Add(ServeAsync(peer));
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                if (!_stop.IsCancellationRequested)
                {
                    LogAcceptFailed(e);
                    await Task.Delay(TimeSpan.FromMilliseconds(100)).ConfigureAwait(ConfigureAwaitOptions.None);
                }
            }
        }
    }

    private async Task ServeAsync(Stream peer)
    {
        try
        {
            await using var stream = peer;
            using var rpc = new JsonRpc(ControlChannel.CreateHandler(stream));
            rpc.AddLocalRpcMethod(nameof(IAgentControl.GetStatusAsync), _agent.GetStatusAsync);
            rpc.AddLocalRpcMethod(nameof(IAgentControl.WaitForFirstFrameAsync), _agent.WaitForFirstFrameAsync);
            rpc.AddLocalRpcMethod(nameof(IAgentControl.StopAsync), _agent.StopAsync);
            rpc.StartListening();
            await rpc.Completion;
        }
        catch (Exception e) when (e is IOException or ConnectionLostException or ObjectDisposedException)
        {
            LogLost(e.Message);
        }
    }

    [LoggerMessage(EventId = 500, Level = LogLevel.Warning, Message = "The control channel could not accept a connection")]
    private partial void LogAcceptFailed(Exception exception);

    [LoggerMessage(EventId = 501, Level = LogLevel.Warning, Message = "Refused a control connection of a user who may not control this agent")]
    private partial void LogRefused();

    [LoggerMessage(EventId = 503, Level = LogLevel.Error, Message = "Nobody can stop this agent or ask it, for it cannot listen at {Path}: {Reason}. It records, and tries again")]
    private partial void LogDeaf(string path, string reason);

    [LoggerMessage(EventId = 502, Level = LogLevel.Debug, Message = "A control connection ended: {Reason}")]
    private partial void LogLost(string reason);
}
