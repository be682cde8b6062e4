using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using SessionRecorder.Plugins.Interop;

namespace SessionRecorder.Plugins;

/// <summary>Opens the X protocol, with the key that the session's Xauthority file holds.</summary>
internal static class XHandshake
{
    /// <summary>Lets libxcb open the protocol on a connected socket, of which it gets a descriptor of its own.</summary>
    /// <returns>libxcb's connection, possibly a broken one; to be disconnected either way.</returns>
    public static unsafe nint Perform(Socket socket, XCookie? cookie)
    {
        var fd = Posix.Duplicate((int)socket.Handle);
        if (fd < 0)
        {
            throw new DisplayException(
                $"no file descriptor is left for an X connection: {Marshal.GetLastPInvokeErrorMessage()}",
                FailureScope.Host,
                isTransient: true);
        }

        var name = cookie is null ? [] : Encoding.ASCII.GetBytes(XCookie.Protocol);
        var data = cookie?.Data ?? [];
        fixed (byte* namePointer = name, dataPointer = data)
        {
            var auth = new Xcb.AuthInfo
            {
                NameLength = name.Length,
                Name = namePointer,
                DataLength = data.Length,
                Data = dataPointer,
            };

            // The descriptor is libxcb's from here on, whether or not this succeeds.
            return Xcb.xcb_connect_to_fd(fd, &auth);
        }
    }

    /// <summary>Finds the key to a display, or says why there is none.</summary>
    public static (XCookie? Cookie, string? Problem) FindCookie(DisplayTarget target)
    {
        if (target.AuthorityFile is not { } file)
        {
            return (null, "XAUTHORITY is not set");
        }

        try
        {
            var cookie = XAuthority.Find(file, target.Address, target.User);
            return (cookie, cookie is null ? $"'{file}' holds no {XCookie.Protocol} for it" : null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not fatal: a server may admit us without a key. When it does not, this is the reason that is told.
            return (null, $"'{file}' could not be read: {e.Message}");
        }
    }
}
