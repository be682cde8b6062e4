using Microsoft.Extensions.Logging;
using StreamJsonRpc;

namespace SessionRecorder.Host.Control;

/// <summary>An agent's end of the control channel.</summary>
internal sealed partial class ControlServer : IAsyncDisposable
{
    private static readonly TimeSpan HangUpTimeout = TimeSpan.FromSeconds(1);

    private readonly IAgentControl _agent;
    private readonly IControlListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _logger;
    private readonly List<Task> _peers = [];
    private readonly Task _accepting;

    /// <summary>Listens from now on.</summary>
    /// <param name="path">From <see cref="ControlPath"/>.</param>
    /// <param name="agent">Answers.</param>
    /// <param name="logger">Takes what goes wrong.</param>
    public ControlServer(string path, IAgentControl agent, ILogger<ControlServer> logger)
    {
        _agent = agent;
        _logger = logger;
        _listener = ControlEndpoint.Listen(path);
        _accepting = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();

        // Whoever asked for the end still has to read the answer, and hangs up then.
        await Task.WhenAny(Task.WhenAll(_peers), Task.Delay(HangUpTimeout));
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (await _listener.AcceptAsync(_stop.Token) is not { } peer)
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

    [LoggerMessage(EventId = 502, Level = LogLevel.Debug, Message = "A control connection ended: {Reason}")]
    private partial void LogLost(string reason);
}
