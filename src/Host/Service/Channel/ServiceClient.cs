using SessionRecorder.Host.Control;
using StreamJsonRpc;

namespace SessionRecorder.Host.Service.Channel;

/// <summary>A caller's end of the service's channel.</summary>
/// <remarks>A call throws <see cref="ConnectionLostException"/> when the service ends or hangs up meanwhile.</remarks>
internal sealed class ServiceClient : IServiceControl, IDisposable
{
    private readonly JsonRpc _rpc;

    private ServiceClient(JsonRpc rpc) => _rpc = rpc;

    /// <summary>Connects to the service.</summary>
    /// <param name="path">From <see cref="ServicePath"/>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The client, or null when no service of the system's own listens there.</returns>
    public static async Task<ServiceClient?> TryConnectAsync(string path, CancellationToken cancellationToken)
    {
        if (await ServiceEndpoint.TryConnectAsync(path, cancellationToken) is not { } stream)
        {
            return null;
        }

        var rpc = new JsonRpc(ControlChannel.CreateHandler(stream));
        rpc.StartListening();
        return new ServiceClient(rpc);
    }

    public Task<RecordAnswer> RecordAsync(RecordRequest request) => _rpc.InvokeAsync<RecordAnswer>(nameof(RecordAsync), request);

    public Task<OwnSessionsAnswer> GetOwnSessionsAsync() => _rpc.InvokeAsync<OwnSessionsAnswer>(nameof(GetOwnSessionsAsync));

    public void Dispose() => _rpc.Dispose();
}
