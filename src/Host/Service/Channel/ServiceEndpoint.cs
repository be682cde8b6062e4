using SessionRecorder.Host.Service.Channel.Windows;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Service.Channel;

/// <summary>The system's means for the service's channel.</summary>
internal static class ServiceEndpoint
{
    /// <summary>Listens from now on.</summary>
    /// <param name="path">From <see cref="ServicePath"/>.</param>
    /// <param name="trust">Refuses a place that others can write.</param>
    /// <exception cref="IOException">It cannot.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not.</exception>
    public static IServiceListener Listen(string path, TrustPolicy trust) => OperatingSystem.IsWindows()
        ? new ServicePipe(path)
        : OperatingSystem.IsLinux() ? new ServiceSocket(path, trust)
        : throw new PlatformNotSupportedException("the service listens on Windows and Linux only");

    /// <summary>Connects to the service, and makes sure that it is the system's own.</summary>
    /// <returns>The connection; null when no such service listens.</returns>
    public static Task<Stream?> TryConnectAsync(string path, CancellationToken cancellationToken) => OperatingSystem.IsWindows()
        ? ServicePipe.TryConnectAsync(path, cancellationToken)
        : OperatingSystem.IsLinux() ? ServiceSocket.TryConnectAsync(path, cancellationToken)
        : Task.FromResult<Stream?>(null);
}
