using System.IO.Pipes;
using System.Runtime.Versioning;
using System.Security.Principal;
using SessionRecorder.Host.Security.Windows;

namespace SessionRecorder.Host.Control.Windows;

/// <summary>A named pipe, open to SYSTEM, Administrators and the agent's account: the kernel turns everybody else away.</summary>
[SupportedOSPlatform("windows")]
internal sealed class ControlPipe : IControlListener
{
    private const int BufferSize = 4096;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromMilliseconds(100);

    private readonly string _name;
    private NamedPipeServerStream? _next;

    /// <summary>Listens from now on.</summary>
    /// <exception cref="IOException">Another has a pipe of this name already, and would get the commands.</exception>
    public ControlPipe(string name)
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
            if (TrustedAccounts.Made(pipe))
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

    public async Task<Stream?> AcceptAsync(CancellationToken cancellationToken)
    {
        var pipe = _next ??= Create(PipeOptions.None);
        try
        {
            await pipe.WaitForConnectionAsync(cancellationToken);

            // At once, so that the next one finds somebody listening.
            _next = null;
            _next = Create(PipeOptions.None);
            return pipe;
        }
        catch
        {
            _next = null;
            await pipe.DisposeAsync();
            throw;
        }
    }

    public void Dispose() => _next?.Dispose();

    private NamedPipeServerStream Create(PipeOptions options) => NamedPipeServerStreamAcl.Create(
        _name,
        PipeDirection.InOut,
        NamedPipeServerStream.MaxAllowedServerInstances,
        PipeTransmissionMode.Byte,
        PipeOptions.Asynchronous | PipeOptions.WriteThrough | options,
        BufferSize,
        BufferSize,
        TrustedAccounts.ForPipe());
}
