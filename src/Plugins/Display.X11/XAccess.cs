using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace SessionRecorder.Plugins;

/// <summary>Asks an X server whether it lets us in, before libxcb does.</summary>
/// <remarks>
/// libxcb tells a refusal only by writing the server's words to standard error, which is the program's own. So the
/// opening of the X protocol is spoken here first, and a refusal becomes an exception with those words.
/// </remarks>
internal static class XAccess
{
    private const byte LittleEndian = (byte)'l';
    private const ushort ProtocolVersion = 11;
    private const int RequestHeader = 12;
    private const int ReplyHeader = 8;
    private const byte Accepted = 1;

    /// <summary>Speaks the opening on a fresh connection. Blocks; shutting the socket down ends the wait.</summary>
    /// <exception cref="DisplayException">Access is refused, or the connection ended; transient.</exception>
    public static void Check(Socket socket, DisplayTarget target, XCookie? cookie, string? authorityProblem)
    {
        try
        {
            using var stream = new NetworkStream(socket, ownsSocket: false);
            stream.Write(Request(cookie));
            Span<byte> header = stackalloc byte[ReplyHeader];
            stream.ReadExactly(header);
            if (header[0] == Accepted)
            {
                return;
            }

            var reason = new byte[BinaryPrimitives.ReadUInt16LittleEndian(header[6..]) * 4];
            stream.ReadExactly(reason);
            throw Refusal(target, Encoding.ASCII.GetString(reason), authorityProblem);
        }
        catch (IOException e)
        {
            throw new DisplayException(
                $"the X server of display '{target.Address.Text}' ended the connection: {e.Message}",
                FailureScope.Session,
                isTransient: true,
                innerException: e);
        }
    }

    private static byte[] Request(XCookie? cookie)
    {
        var name = cookie is null ? [] : Encoding.ASCII.GetBytes(XCookie.Protocol);
        var data = cookie?.Data ?? [];
        var request = new byte[RequestHeader + Padded(name.Length) + Padded(data.Length)];
        request[0] = LittleEndian;
        BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(2), ProtocolVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(6), (ushort)name.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(8), (ushort)data.Length);
        name.CopyTo(request, RequestHeader);
        data.CopyTo(request, RequestHeader + Padded(name.Length));
        return request;
    }

    private static int Padded(int length) => (length + 3) & ~3;

    // Transient: a login rewrites the file, and a user who removes it must not be able to end the recording for good.
    private static DisplayException Refusal(DisplayTarget target, string reason, string? authorityProblem)
    {
        var words = reason.TrimEnd('\0').ReplaceLineEndings(" ").Trim();
        var key = authorityProblem ?? $"the key in '{target.AuthorityFile}' was not accepted";
        return new DisplayException(
            $"the X server of display '{target.Address.Text}' refuses access: {words} ({key})",
            FailureScope.Session,
            isTransient: true,
            "Set XAUTHORITY to the Xauthority file of the user whose session it is.");
    }
}
