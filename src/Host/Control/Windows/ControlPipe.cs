using System.Runtime.Versioning;
using SessionRecorder.Host.Security.Windows;

namespace SessionRecorder.Host.Control.Windows;

/// <summary>A named pipe, open to SYSTEM, Administrators and the agent's account: the kernel turns everybody else away.</summary>
/// <param name="name">The pipe's name.</param>
[SupportedOSPlatform("windows")]
internal sealed class ControlPipe(string name) : IControlListener
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromMilliseconds(100);

    private readonly LocalPipe _pipe = new(name, TrustedAccounts.ForPipe);

    /// <inheritdoc cref="LocalPipe.TryConnectAsync"/>
    public static Task<Stream?> TryConnectAsync(string name, CancellationToken cancellationToken) =>
        LocalPipe.TryConnectAsync(name, ConnectTimeout, cancellationToken);

    public async Task<Stream?> AcceptAsync(CancellationToken cancellationToken) => await _pipe.AcceptAsync(cancellationToken);

    public void Dispose() => _pipe.Dispose();
}
