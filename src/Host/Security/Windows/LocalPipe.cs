using System.IO.Pipes;
using System.Runtime.Versioning;
using System.Security.Principal;

namespace SessionRecorder.Host.Security.Windows;

/// <summary>A named pipe of this machine on which one connection after the other is accepted. For one accepting caller at a time.</summary>
[SupportedOSPlatform("windows")]
internal sealed class LocalPipe : IDisposable
{
    private const int BufferSize = 4096;

    private readonly string _name;
    private readonly Func<PipeSecurity> _access;
    private NamedPipeServerStream? _next;

    /// <summary>Listens from now on.</summary>
    /// <param name="name">The pipe's name.</param>
    /// <param name="access">Who may connect.</param>
    /// <exception cref="IOException">Another has a pipe of this name already, and would get what is meant for this process.</exception>
    public LocalPipe(string name, Func<PipeSecurity> access)
    {
        (_name, _access) = (name, access);
        _next = Create(PipeOptions.FirstPipeInstance);
    }

    /// <summary>Connects, unless the pipe belongs to somebody else than SYSTEM, Administrators or this user.</summary>
    /// <param name="name">The pipe's name.</param>
    /// <param name="timeout">How long to wait for somebody who listens.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The connection; null where nobody listens whom this user may talk to.</returns>
    public static async Task<Stream?> TryConnectAsync(string name, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // Identification: whoever else made a pipe of this name must not be able to act as this process.
        var pipe = new NamedPipeClientStream(
            ".", name, PipeAccessRights.ReadWrite, PipeOptions.Asynchronous, TokenImpersonationLevel.Identification, HandleInheritability.None);
        try
        {
            await pipe.ConnectAsync(timeout, cancellationToken);
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

    /// <summary>Waits for a connection.</summary>
    /// <returns>The connection; the caller disposes it.</returns>
    public async Task<NamedPipeServerStream> AcceptAsync(CancellationToken cancellationToken)
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
        _access());
}
