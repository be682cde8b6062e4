using System.Buffers.Binary;
using System.Net.Sockets;
using SessionRecorder.Plugins.Interop;

namespace SessionRecorder.Plugins;

/// <summary>Makes sure that it is the session's X server, or root's, that is to be shown the session's keys. Thread-safe.</summary>
/// <remarks>
/// A display has two sockets, and programs of X try the one without a file first (libxcb, xcb_util.c). Any user may listen
/// there where the server itself does not (<c>-nolisten local</c>). So what a socket leads to is judged by the socket
/// itself, which the kernel marks with the user who began to listen.
/// </remarks>
internal static class DisplayOwner
{
    private const uint Root = 0;

    // <asm-generic/socket.h>; the answer is struct ucred: process, user and group, 4 bytes each.
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;
    private const int CredentialsLength = 12;
    private const int UserOffset = 4;

    /// <summary>Whether this process must be careful: it has rights that the session's user lacks.</summary>
    public static bool Matters => OperatingSystem.IsLinux() && PosixFile.EffectiveUser() == Root;

    /// <summary>Judges a connected socket, before anything is sent through it.</summary>
    /// <param name="socket">The socket of a local display.</param>
    /// <param name="address">The display.</param>
    /// <param name="user">
    /// Whose session it is. Where that is root, nobody that this machine knows, or not said, an operator chose the display,
    /// and its owner is who has the socket's file.
    /// </param>
    /// <returns>Why it is not to be used; null when it may be.</returns>
    public static string? FindFault(Socket socket, DisplayAddress address, string? user)
    {
        if (!Matters)
        {
            return null;
        }

        var owner = AuthorityFile.Named(user) is { } known && known != Root ? known : PosixFile.Look(address.SocketPath)?.Owner;
        var listener = ListenerOf(socket);
        return listener == Root || owner is null || listener == owner ? null
            : $"user {listener} listens there, and neither the session's user {owner} nor root";
    }

    /// <summary>What an operator does about it.</summary>
    public static string Remedy(DisplayAddress address) =>
        $"Find who listens with `ss -xlp | grep {address.SocketPath}`, and end that; an X server that is started without `-nolisten local` leaves no room for it.";

    private static uint ListenerOf(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[CredentialsLength];
        socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials);
        return BitConverter.IsLittleEndian
            ? BinaryPrimitives.ReadUInt32LittleEndian(credentials[UserOffset..])
            : BinaryPrimitives.ReadUInt32BigEndian(credentials[UserOffset..]);
    }
}
