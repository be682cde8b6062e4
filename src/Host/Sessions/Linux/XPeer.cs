using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>Who listens at a display's place, by the kernel's word, over a connection that never blocks.</summary>
/// <param name="Socket">The connection; the caller's to dispose of. Null where the queue is full.</param>
/// <param name="ProcessId">The process that began to listen; 0 where it is not of this process's namespace.</param>
/// <param name="Owner">Its user then.</param>
[SupportedOSPlatform("linux")]
internal sealed record XPeer(Socket? Socket, int ProcessId, uint Owner) : IDisposable
{
    // asm-generic/socket.h; struct ucred { pid_t pid; uid_t uid; gid_t gid; } (unix(7)).
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;
    private const int CredentialsLength = 12;

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
            Span<byte> credentials = stackalloc byte[CredentialsLength];
            if (socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials) == CredentialsLength)
            {
                return new XPeer(socket, MemoryMarshal.Read<int>(credentials), MemoryMarshal.Read<uint>(credentials[4..]));
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
