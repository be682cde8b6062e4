using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SessionRecorder.Host.Control;

/// <summary>Who is at the other end of a Unix socket, by the kernel's word.</summary>
internal static partial class PeerCredentials
{
    // asm-generic/socket.h; struct ucred { pid_t pid; uid_t uid; gid_t gid; } (unix(7)).
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;
    private const int UserIdOffset = 4;
    private const int CredentialsLength = 12;

    /// <summary>Whether the peer may control this agent: root, or the user that the agent itself runs as.</summary>
    public static bool MayControl(Socket peer)
    {
        var user = UserOf(peer);
        return user is not null && (user == 0 || user == GetEffectiveUserId());
    }

    /// <summary>The user at the other end; null when the kernel does not tell.</summary>
    public static uint? UserOf(Socket peer) => Of(peer)?.UserId;

    /// <summary>The process at the other end, 0 where it is not of this process's namespace, and its user; null when the kernel does not tell.</summary>
    public static (int ProcessId, uint UserId)? Of(Socket peer)
    {
        Span<byte> credentials = stackalloc byte[CredentialsLength];
        var length = peer.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        return length < CredentialsLength
            ? null
            : (MemoryMarshal.Read<int>(credentials), MemoryMarshal.Read<uint>(credentials[UserIdOffset..]));
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();
}
