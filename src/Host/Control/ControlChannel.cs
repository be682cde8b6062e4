using StreamJsonRpc;

namespace SessionRecorder.Host.Control;

/// <summary>The commands' end of the control channel: an agent in another process.</summary>
/// <remarks>A call throws <see cref="ConnectionLostException"/> when the agent dies meanwhile.</remarks>
internal sealed class ControlChannel : IAgentControl, IDisposable
{
    private readonly JsonRpc _rpc;

    private ControlChannel(JsonRpc rpc) => _rpc = rpc;

    /// <summary>Connects to a session's agent.</summary>
    /// <returns>The channel, or null when nobody listens.</returns>
    public static async Task<ControlChannel?> TryConnectAsync(string path, CancellationToken cancellationToken)
    {
        if (await ControlEndpoint.TryConnectAsync(path, cancellationToken) is not { } stream)
        {
            return null;
        }

        var rpc = new JsonRpc(CreateHandler(stream));
        rpc.StartListening();
        return new ControlChannel(rpc);
    }

    /// <summary>Both ends speak JSON with a length before each message.</summary>
    public static IJsonRpcMessageHandler CreateHandler(Stream stream) => new LengthHeaderMessageHandler(
        stream,
        stream,
        new SystemTextJsonFormatter { JsonSerializerOptions = ControlJson.Messages });

    // By name, not through a generated proxy: generating one costs a tenth of a second, and `start` is waited for.
    public Task<AgentStatus> GetStatusAsync() => _rpc.InvokeAsync<AgentStatus>(nameof(GetStatusAsync));

    public Task<StartReport> WaitForFirstFrameAsync(double timeoutSeconds) =>
        _rpc.InvokeAsync<StartReport>(nameof(WaitForFirstFrameAsync), timeoutSeconds);

    public Task<StopReport> StopAsync(double timeoutSeconds) =>
        _rpc.InvokeAsync<StopReport>(nameof(StopAsync), timeoutSeconds);

    public void Dispose() => _rpc.Dispose();
}
