using SessionRecorder.Host.Control.Windows;

namespace SessionRecorder.Host.Control;

/// <summary>The system's means for the control channel: a named pipe on Windows, a Unix socket elsewhere.</summary>
internal static class ControlEndpoint
{
    /// <summary>Listens from now on.</summary>
    /// <param name="path">From <see cref="ControlPath"/>.</param>
    /// <exception cref="IOException">It cannot.</exception>
    public static IControlListener Listen(string path) =>
        OperatingSystem.IsWindows() ? new ControlPipe(path) : new ControlSocket(path);

    /// <summary>Connects to who listens.</summary>
    /// <returns>The connection, or null when nobody listens.</returns>
    public static Task<Stream?> TryConnectAsync(string path, CancellationToken cancellationToken) => OperatingSystem.IsWindows()
        ? ControlPipe.TryConnectAsync(path, cancellationToken)
        : ControlSocket.TryConnectAsync(path, cancellationToken);
}
