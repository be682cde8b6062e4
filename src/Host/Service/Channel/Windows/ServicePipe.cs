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
[SupportedOSPlatform("windows")]
internal sealed partial class ServicePipe : IServiceListener
{
    private const int BufferSize = 4096;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly string _name;
    private NamedPipeServerStream? _next;

    /// <summary>Listens from now on.</summary>
    /// <exception cref="IOException">Another has a pipe of this name already, and would get the requests.</exception>
    public ServicePipe(string name)
    {
        _name = name;
        _next = Create(PipeOptions.FirstPipeInstance);
    }

    /// <summary>Connects, unless the pipe belongs to somebody else than SYSTEM, Administrators or this user.</summary>
    public static async Task<Stream?> TryConnectAsync(string name, CancellationToken cancellationToken)
    {
        // Identification: whoever else made a pipe of this name must not be able to act as this process.
        var pipe = new NamedPipeClientStream(
            ".", name, PipeAccessRights.ReadWrite, PipeOptions.Asynchronous, TokenImpersonationLevel.Identification, HandleInheritability.None);
        try
        {
            await pipe.ConnectAsync(ConnectTimeout, cancellationToken);
            if (IsTrustworthy(pipe.GetAccessControl().GetOwner(typeof(SecurityIdentifier))))
            {
                return pipe;
            }
        }
        catch (Exception e) when (e is TimeoutException or IOException or UnauthorizedAccessException)
        {
            // Nobody listens there, or nobody whom this user may talk to.
        }
        catch
        {
            await pipe.DisposeAsync();
            throw;
        }

        await pipe.DisposeAsync();
        return null;
    }

    public async Task<ServicePeer> AcceptAsync(CancellationToken cancellationToken)
    {
        var pipe = _next ??= Create(PipeOptions.None);
        try
        {
            await pipe.WaitForConnectionAsync(cancellationToken);

            // At once, so that the next one finds somebody listening.
            _next = null;
            _next = Create(PipeOptions.None);
            var session = SessionOf(pipe);
            return new ServicePeer(pipe, session, IsTrusted: session == "0", () => Identify(pipe, session));
        }
        catch
        {
            _next = null;
            await pipe.DisposeAsync();
            throw;
        }
    }

    public void Dispose() => _next?.Dispose();

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

    /// <remarks>What this process itself would make belongs to its token's owner: the user, or a group of administrators.</remarks>
    private static bool IsTrustworthy(IdentityReference? owner)
    {
        using var own = WindowsIdentity.GetCurrent();
        return owner is SecurityIdentifier sid
            && (sid.IsWellKnown(WellKnownSidType.LocalSystemSid)
                || sid.IsWellKnown(WellKnownSidType.BuiltinAdministratorsSid)
                || sid == own.User
                || sid == own.Owner);
    }

    private static string SessionOf(NamedPipeServerStream pipe) => GetNamedPipeClientSessionId(pipe.SafePipeHandle, out var session)
        ? session.ToString(CultureInfo.InvariantCulture)
        : throw new IOException($"Windows does not tell whose session asks: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    private NamedPipeServerStream Create(PipeOptions options)
    {
        var security = TrustedAccounts.ForPipe();
        security.AddAccessRule(new PipeAccessRule(
            new SecurityIdentifier(WellKnownSidType.AuthenticatedUserSid, null),
            PipeAccessRights.ReadWrite | PipeAccessRights.Synchronize,
            AccessControlType.Allow));
        return NamedPipeServerStreamAcl.Create(
            _name,
            PipeDirection.InOut,
            NamedPipeServerStream.MaxAllowedServerInstances,
            PipeTransmissionMode.Byte,
            PipeOptions.Asynchronous | PipeOptions.WriteThrough | options,
            BufferSize,
            BufferSize,
            security);
    }

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetNamedPipeClientSessionId(SafePipeHandle pipe, out uint session);
}
