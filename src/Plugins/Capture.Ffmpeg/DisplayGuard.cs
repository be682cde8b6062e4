using System.Net.Sockets;

namespace SessionRecorder.Plugins;

/// <summary>
/// Sees to it that the display that ffmpeg connects to is the session's, from before ffmpeg is started until it has
/// connected. Disposing it ends that.
/// </summary>
/// <remarks>
/// libxcb shows the keys to whoever listens on the socket without a file, and takes the one that has a file only where
/// nobody does. Where the X server leaves the former alone, another user could begin to listen there between a look and
/// ffmpeg's connecting. So its name is held meanwhile: connecting to a name that nobody listens on is refused, and libxcb
/// goes on to the file, which lies where nobody can replace another's.
/// </remarks>
internal sealed class DisplayGuard : IDisposable
{
    /// <summary>ENOENT, for which .NET has no name of its own.</summary>
    private const int NoSuchFile = 2;

    /// <summary>Another capture of the same display holds the name until its ffmpeg has connected.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly Socket? _held;

    private DisplayGuard(Socket? held) => _held = held;

    /// <summary>Looks who listens, and holds the name where nobody does.</summary>
    /// <param name="display">The display that ffmpeg will be told.</param>
    /// <param name="user">Whose session it is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait for another capture.</param>
    /// <exception cref="CaptureException">Somebody else listens, or nobody does; transient.</exception>
    /// <exception cref="DisplayException">It is no display.</exception>
    public static async Task<DisplayGuard> TakeAsync(string display, string user, TimeProvider time, CancellationToken cancellationToken)
    {
        var address = DisplayAddress.Parse(display);
        if (address.Host is not null)
        {
            return new DisplayGuard(null);
        }

        var began = time.GetTimestamp();
        while (true)
        {
            if (TryLook(address, "\0" + address.SocketPath, user))
            {
                return new DisplayGuard(null);
            }

            if (TryHold(address) is { } held)
            {
                return Completed(held, address, user);
            }

            if (time.GetElapsedTime(began) > Patience)
            {
                throw Refused(address, $"somebody keeps the name of its socket, @{address.SocketPath}, without listening there");
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    public void Dispose() => _held?.Dispose();

    private static DisplayGuard Completed(Socket held, DisplayAddress address, string user)
    {
        try
        {
            return TryLook(address, address.SocketPath, user)
                ? new DisplayGuard(held)
                : throw Refused(address, "no X server listens there");
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Whether somebody listens who may; without waiting, for a listener may let others wait for ever.</summary>
    private static bool TryLook(DisplayAddress address, string path, string user)
    {
        using var socket = NewSocket();
        socket.Blocking = false;
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable || e.NativeErrorCode == NoSuchFile)
        {
            return false;
        }
        catch (SocketException e)
        {
            throw Refused(address, e.SocketErrorCode == SocketError.WouldBlock ? "its X server takes no connection" : e.Message, e);
        }

        return DisplayOwner.FindFault(socket, address, user) is { } fault ? throw Refused(address, fault) : true;
    }

    private static Socket? TryHold(DisplayAddress address)
    {
        var socket = NewSocket();
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint("\0" + address.SocketPath));
            return socket;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            return null;
        }
    }

    private static Socket NewSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private static CaptureException Refused(DisplayAddress address, string why, Exception? cause = null) => new(
        $"the display '{address.Text}' is not captured, and shown no key: {why}",
        CaptureEnd.DisplayLost,
        FailureScope.Session,
        isTransient: true,
        DisplayOwner.Remedy(address),
        cause);
}
