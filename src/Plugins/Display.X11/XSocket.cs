using System.Net.Sockets;

namespace SessionRecorder.Plugins;

/// <summary>Opens sockets to X servers the way libxcb does, but says why it could not.</summary>
internal static class XSocket
{
    private const int TcpBase = 6000;

    /// <summary>Connects. Blocks until connected; cancelling ends the wait.</summary>
    /// <param name="target">The display, and whose session it is: nobody else's server is connected to.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="DisplayException">Nothing answers there, or the socket may not be used; transient.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Socket Connect(DisplayTarget target, CancellationToken cancellationToken)
    {
        var address = target.Address;
        if (address.Host is { } host)
        {
            return Connect(
                address,
                new Socket(SocketType.Stream, ProtocolType.Tcp),
                socket => socket.Connect(host, TcpBase + address.Number),
                cancellationToken);
        }

        return RequireOwner(ConnectLocal(address, cancellationToken), target);
    }

    private static Socket ConnectLocal(DisplayAddress address, CancellationToken cancellationToken)
    {
        try
        {
            // A leading NUL is Linux's namespace of sockets that have no file; libxcb looks there first.
            return ConnectLocal(address, "\0" + address.SocketPath, cancellationToken);
        }
        catch (DisplayException) when (File.Exists(address.SocketPath))
        {
            return ConnectLocal(address, address.SocketPath, cancellationToken);
        }
        catch (DisplayException e)
        {
            throw Unreachable(address, $"there is no socket {address.SocketPath}", e.InnerException);
        }
    }

    /// <summary>Before a key goes through it. Transient: whoever is in the way goes at last.</summary>
    private static Socket RequireOwner(Socket socket, DisplayTarget target)
    {
        if (DisplayOwner.FindFault(socket, target.Address, target.User) is not { } fault)
        {
            return socket;
        }

        socket.Dispose();
        throw new DisplayException(
            $"the display '{target.Address.Text}' is not used, and shown no key: {fault}",
            FailureScope.Session,
            isTransient: true,
            DisplayOwner.Remedy(target.Address));
    }

    private static Socket ConnectLocal(DisplayAddress address, string path, CancellationToken cancellationToken) =>
        Connect(
            address,
            new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
            socket => socket.Connect(new UnixDomainSocketEndPoint(path)),
            cancellationToken);

    private static Socket Connect(
        DisplayAddress address, Socket socket, Action<Socket> connect, CancellationToken cancellationToken)
    {
        try
        {
            using var abort = cancellationToken.Register(socket.Dispose);
            connect(socket);
            cancellationToken.ThrowIfCancellationRequested();
            return socket;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw Unreachable(address, e.Message, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static DisplayException Unreachable(DisplayAddress address, string reason, Exception? cause) => new(
        $"no X server answers at display '{address.Text}': {reason}",
        FailureScope.Session,
        isTransient: true,
        "Check that the session's X server runs and that DISPLAY names it.",
        cause);
}
