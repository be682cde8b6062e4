using System.ComponentModel;
using System.Globalization;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;
using Microsoft.Win32.SafeHandles;
using SessionRecorder.Host.Security.Windows;

namespace SessionRecorder.Host.Service.Channel.Windows;

/// <summary>A named pipe to which every user who is logged on to this machine may connect, and nobody over the network.</summary>
/// <remarks>
/// Users get the right to read and write, and not the one to make instances of the pipe, with which they could answer in the
/// service's place. Who asks is learnt by impersonating the caller for a moment, after something was read.
/// </remarks>
/// <param name="name">The pipe's name.</param>
[SupportedOSPlatform("windows")]
internal sealed partial class ServicePipe(string name) : IServiceListener
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly LocalPipe _pipe = new(name, ForUsers);

    /// <inheritdoc cref="LocalPipe.TryConnectAsync"/>
    public static Task<Stream?> TryConnectAsync(string name, CancellationToken cancellationToken) =>
        LocalPipe.TryConnectAsync(name, ConnectTimeout, cancellationToken);

    public async Task<ServicePeer> AcceptAsync(CancellationToken cancellationToken)
    {
        var pipe = await _pipe.AcceptAsync(cancellationToken);
        try
        {
            var session = SessionOf(pipe);
            return new ServicePeer(pipe, session, IsTrusted: session == "0", () => Identify(pipe, session));
        }
        catch
        {
            await pipe.DisposeAsync();
            throw;
        }
    }

    public void Dispose() => _pipe.Dispose();

    private static Caller? Identify(NamedPipeServerStream pipe, string session)
    {
        Caller? caller = null;
        pipe.RunAsClient(() =>
        {
            using var identity = WindowsIdentity.GetCurrent();
            if (identity is { IsAnonymous: false, IsGuest: false, User: { } user })
            {
                var isAdministrator = identity.IsSystem || new WindowsPrincipal(identity).IsInRole(WindowsBuiltInRole.Administrator);
                caller = new Caller(user.Value, isAdministrator, session);
            }
        });
        return caller;
    }

    private static string SessionOf(NamedPipeServerStream pipe) => GetNamedPipeClientSessionId(pipe.SafePipeHandle, out var session)
        ? session.ToString(CultureInfo.InvariantCulture)
        : throw new IOException($"Windows does not tell whose session asks: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    private static PipeSecurity ForUsers()
    {
        var security = TrustedAccounts.ForPipe();
        security.AddAccessRule(new PipeAccessRule(
            new SecurityIdentifier(WellKnownSidType.AuthenticatedUserSid, null),
            PipeAccessRights.ReadWrite | PipeAccessRights.Synchronize,
            AccessControlType.Allow));
        return security;
    }

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetNamedPipeClientSessionId(SafePipeHandle pipe, out uint session);
}
