using System.Net.Sockets;
using System.Runtime.Versioning;
using SessionRecorder.Host.Control;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>Who listens at a display's place, by the kernel's word, over a connection that never blocks.</summary>
/// <param name="Socket">The connection; the caller's to dispose of. Null where the queue is full.</param>
/// <param name="ProcessId">The process that began to listen; 0 where it is not of this process's namespace.</param>
/// <param name="Owner">Its user then.</param>
[SupportedOSPlatform("linux")]
internal sealed record XPeer(Socket? Socket, int ProcessId, uint Owner) : IDisposable
{
    public bool IsFull => Socket is null;

    /// <summary>Asks.</summary>
    /// <param name="name">A path; or a name that begins with NUL.</param>
    /// <returns>Who it is; null where nobody listens.</returns>
    public static XPeer? Ask(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(name));
            if (PeerCredentials.Of(socket) is var (process, owner))
            {
                return new XPeer(socket, process, owner);
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            socket.Dispose();
            return new XPeer(null, 0, 0);
        }
        catch (SocketException)
        {
            // A server that was killed leaves its socket behind, and anybody can put one there: nobody listens.
        }

        socket.Dispose();
        return null;
    }

    public void Dispose() => Socket?.Dispose();
}
