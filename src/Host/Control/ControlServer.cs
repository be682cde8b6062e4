using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Trust;
using StreamJsonRpc;

namespace SessionRecorder.Host.Control;

/// <summary>An agent's end of the control channel: a socket in a folder of its own, open to root and the agent's user.</summary>
internal sealed partial class ControlServer : IAsyncDisposable
{
    private const int Backlog = 16;

    private static readonly TimeSpan HangUpTimeout = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly IAgentControl _agent;
    private readonly Socket _socket;
    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _logger;
    private readonly List<Task> _peers = [];
    private readonly Task _accepting;

    /// <summary>Listens from now on. A socket that a dead agent left is replaced: the session's lock says it is dead.</summary>
    public ControlServer(string path, IAgentControl agent, ILogger<ControlServer> logger)
    {
        _path = path;
        _agent = agent;
        _logger = logger;
        PrivateFolder.Create(Path.GetDirectoryName(path)!);
        File.Delete(path);
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        _socket.Listen(Backlog);
        _accepting = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket.Dispose();
        await _accepting;

        // Whoever asked for the end still has to read the answer, and hangs up then.
        await Task.WhenAny(Task.WhenAll(_peers), Task.Delay(HangUpTimeout));
        File.Delete(_path);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var peer = await _socket.AcceptAsync(_stop.Token);
                lock (_peers)
                {
                    _peers.RemoveAll(task => task.IsCompleted);
                    _peers.Add(ServeAsync(peer));
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                if (!_stop.IsCancellationRequested)
                {
                    LogAcceptFailed(e);
                    await Task.Delay(TimeSpan.FromMilliseconds(100)).ConfigureAwait(ConfigureAwaitOptions.None);
                }
            }
        }
    }

    private async Task ServeAsync(Socket peer)
    {
        try
        {
            await using var stream = new NetworkStream(peer, ownsSocket: true);
            if (OperatingSystem.IsLinux() && !PeerCredentials.MayControl(peer))
            {
                LogRefused();
                return;
            }

            using var rpc = new JsonRpc(ControlChannel.CreateHandler(stream));
            rpc.AddLocalRpcMethod(nameof(IAgentControl.GetStatusAsync), _agent.GetStatusAsync);
            rpc.AddLocalRpcMethod(nameof(IAgentControl.WaitForFirstFrameAsync), _agent.WaitForFirstFrameAsync);
            rpc.AddLocalRpcMethod(nameof(IAgentControl.StopAsync), _agent.StopAsync);
            rpc.StartListening();
            await rpc.Completion;
        }
        catch (Exception e) when (e is IOException or SocketException or ConnectionLostException or ObjectDisposedException)
        {
            LogLost(e.Message);
        }
    }

    [LoggerMessage(EventId = 500, Level = LogLevel.Warning, Message = "The control socket could not accept a connection")]
    private partial void LogAcceptFailed(Exception exception);

    [LoggerMessage(EventId = 501, Level = LogLevel.Warning, Message = "Refused a control connection of a user who may not control this agent")]
    private partial void LogRefused();

    [LoggerMessage(EventId = 502, Level = LogLevel.Debug, Message = "A control connection ended: {Reason}")]
    private partial void LogLost(string reason);
}
