using Microsoft.Extensions.Logging;
using StreamJsonRpc;
using SessionRecorder.Host.Control;

namespace SessionRecorder.Host.Service.Channel;

/// <summary>What a connection may cost the service.</summary>
internal sealed record ServiceLimits
{
    public int ConnectionsOfOne { get; init; } = 8;

    public int ConnectionsOfAll { get; init; } = 128;

    /// <summary>Bytes of a message.</summary>
    public int LongestMessage { get; init; } = 8192;

    /// <summary>Messages of a connection.</summary>
    public int Messages { get; init; } = 16;

    /// <summary>How long a connection may go without a complete request.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>The service's end of its channel: takes connections, counts them, and hands requests on with who asks.</summary>
/// <param name="listener">Disposed with this.</param>
/// <param name="answers">Makes what answers one connection; it is told who asks when something is asked.</param>
/// <param name="limits">What a connection may cost.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Takes what goes wrong.</param>
internal sealed partial class ServiceServer(
    IServiceListener listener, Func<Func<Caller?>, IServiceControl> answers, ServiceLimits limits, TimeProvider time, ILogger<ServiceServer> logger)
{
    private static readonly TimeSpan HangUpTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly ConnectionLimits _connections = new(limits.ConnectionsOfOne, limits.ConnectionsOfAll);

    /// <summary>Listens until cancelled, and disposes the listener then. Never throws for what a caller does.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var owned = listener;
        var peers = new HashSet<Task>();
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var peer = await listener.AcceptAsync(cancellationToken);
                peers.RemoveWhere(task => task.IsCompleted);
                if (peer.IsTrusted || _connections.TryEnter(peer.Key))
                {
                    peers.Add(ServeAsync(peer, cancellationToken));
                }
                else
                {
                    LogTooMany(peer.Key);
                    await peer.Stream.DisposeAsync();
                }
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogAcceptFailed(e);
                await Task.Delay(AcceptPause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
            {
                // The end was asked for.
            }
        }

        await Task.WhenAny(Task.WhenAll(peers), Task.Delay(HangUpTimeout, time, CancellationToken.None));
    }

    private async Task ServeAsync(ServicePeer peer, CancellationToken cancellationToken)
    {
        // Away from the loop that accepts: what a caller sends must not keep the next one waiting.
        await Task.Yield();
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var stream = new FrameLimit(peer.Stream, limits.LongestMessage, limits.Messages);
            using var silence = time.CreateTimer(_ => stream.Dispose(), null, limits.Silence, Timeout.InfiniteTimeSpan);
            await using var hangUp = life.Token.Register(stream.Dispose);
            using var rpc = new JsonRpc(ControlChannel.CreateHandler(stream));
            AddMethods(rpc, new PatientControl(answers(peer.Identify), silence, limits.Silence));
            rpc.StartListening();
            await rpc.Completion;
        }
        catch (Exception e)
        {
            // Whatever a caller sends, it ends this connection and nothing else.
            LogLost(peer.Key, e.Message);
        }
        finally
        {
            await peer.Stream.DisposeAsync();
            if (!peer.IsTrusted)
            {
                _connections.Leave(peer.Key);
            }
        }
    }

    private static void AddMethods(JsonRpc rpc, IServiceControl control)
    {
        rpc.AddLocalRpcMethod(nameof(IServiceControl.RecordAsync), control.RecordAsync);
        rpc.AddLocalRpcMethod(nameof(IServiceControl.GetOwnSessionsAsync), control.GetOwnSessionsAsync);
    }

    /// <summary>One request at a time; while it is worked on, the caller's silence is no fault.</summary>
    private sealed class PatientControl(IServiceControl inner, ITimer silence, TimeSpan patience) : IServiceControl
    {
        private int _busy;

        public Task<RecordAnswer> RecordAsync(RecordRequest request) => AskAsync(
            () => inner.RecordAsync(request), () => RecordAnswer.No(Commands.ExitCode.Usage, "one request at a time may be made"));

        public Task<OwnSessionsAnswer> GetOwnSessionsAsync() => AskAsync(
            inner.GetOwnSessionsAsync, () => new OwnSessionsAnswer([], "one request at a time may be made"));

        private async Task<T> AskAsync<T>(Func<Task<T>> ask, Func<T> refuse)
        {
            if (Interlocked.Exchange(ref _busy, 1) == 1)
            {
                return refuse();
            }

            silence.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            try
            {
                return await ask();
            }
            finally
            {
                silence.Change(patience, Timeout.InfiniteTimeSpan);
                Volatile.Write(ref _busy, 0);
            }
        }
    }

    [LoggerMessage(EventId = 700, Level = LogLevel.Warning, Message = "The service's channel could not accept a connection")]
    private partial void LogAcceptFailed(Exception exception);

    [LoggerMessage(EventId = 701, Level = LogLevel.Debug, Message = "A connection of {Caller} was hung up on: too many are open")]
    private partial void LogTooMany(string caller);

    [LoggerMessage(EventId = 702, Level = LogLevel.Debug, Message = "A connection of {Caller} ended: {Reason}")]
    private partial void LogLost(string caller, string reason);
}
