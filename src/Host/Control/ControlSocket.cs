using System.Net.Sockets;
using System.Runtime.Versioning;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;
using SessionRecorder.Host.Wording;

namespace SessionRecorder.Host.Control;

/// <summary>A Unix socket in a folder of its own, open to root and the agent's user.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class ControlSocket : IControlListener
{
    private const int Backlog = 16;

    private readonly string _path;
    private readonly Socket _socket;

    /// <summary>Listens from now on. A socket that a dead agent left is replaced: the session's lock says it is dead.</summary>
    public ControlSocket(string path)
    {
        _path = path;
        PrivateFolder.Create(Path.GetDirectoryName(path)!);
        File.Delete(path);
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            _socket.Bind(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            var folder = Path.GetDirectoryName(path)!;
            throw new SpoolException(
                $"the control socket {path} could not be made ({e.Message}); "
                    + $"{Amount.Size(new DriveInfo(folder).AvailableFreeSpace)} and {FreeFiles.Under(folder)} files are free on its disk",
                isTransient: true,
                "make room on that disk",
                e,
                FailureScope.Host);
        }

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _socket.Listen(Backlog);
    }

    /// <summary>Connects to who listens.</summary>
    public static async Task<Stream?> TryConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    public async Task<Stream?> AcceptAsync(CancellationToken cancellationToken)
    {
        try
        {
            var peer = await _socket.AcceptAsync(cancellationToken);
            if (!OperatingSystem.IsLinux() || PeerCredentials.MayControl(peer))
            {
                return new NetworkStream(peer, ownsSocket: true);
            }

            peer.Dispose();
            return null;
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        File.Delete(_path);
    }
}
