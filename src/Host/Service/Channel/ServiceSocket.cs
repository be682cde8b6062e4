using System.Globalization;
using System.Net.Sockets;
using System.Runtime.Versioning;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Service.Channel;

/// <summary>A Unix socket to which every user of this machine may connect; the kernel tells who it is (SO_PEERCRED).</summary>
[SupportedOSPlatform("linux")]
internal sealed class ServiceSocket : IServiceListener
{
    /// <summary>Enough for many who connect at once: what waits here costs nothing, and is soon accepted or hung up on.</summary>
    private const int Backlog = 256;

    private const UnixFileMode Everybody =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private const UnixFileMode LookedInto =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly string _path;
    private readonly Socket _socket;

    /// <summary>Listens from now on. A socket that a dead service left is replaced: the service's lock says it is dead.</summary>
    public ServiceSocket(string path, TrustPolicy trust)
    {
        _path = path;
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder, LookedInto);
        trust.Require("the folder of the service's socket", folder);
        File.SetUnixFileMode(folder, LookedInto);
        File.Delete(path);
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            _socket.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, Everybody);
            _socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw new IOException($"the service cannot listen at {path}: {e.Message}", e);
        }
    }

    /// <summary>Connects, unless who listens there is neither root nor this user.</summary>
    public static async Task<Stream?> TryConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            if (PeerCredentials.MayControl(socket))
            {
                return new NetworkStream(socket, ownsSocket: true);
            }
        }
        catch (SocketException)
        {
            // Nobody listens there.
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        socket.Dispose();
        return null;
    }

    public async Task<ServicePeer> AcceptAsync(CancellationToken cancellationToken)
    {
        Socket? peer = null;
        try
        {
            peer = await _socket.AcceptAsync(cancellationToken);
            var user = PeerCredentials.UserOf(peer) ?? throw new IOException("the kernel did not tell who connected");
            var caller = new Caller(user.ToString(CultureInfo.InvariantCulture), IsAdministrator: user == 0);
            return new ServicePeer(new NetworkStream(peer, ownsSocket: true), caller.UserId, caller.IsAdministrator, () => caller);
        }
        catch (SocketException e)
        {
            peer?.Dispose();
            throw new IOException(e.Message, e);
        }
        catch
        {
            peer?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        File.Delete(_path);
    }
}
