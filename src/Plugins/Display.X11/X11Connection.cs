using System.Net.Sockets;
using System.Runtime.InteropServices;
using SessionRecorder.Plugins.Interop;

namespace SessionRecorder.Plugins;

/// <summary>A connection to an X server. For one thread at a time; cancelling its token ends every wait in it.</summary>
/// <remarks>
/// libxcb waits without a timeout. So a second descriptor of its socket is kept, and shutting that down, when the token
/// is cancelled or the server is silent for <see cref="Patience"/>, makes libxcb give up.
/// </remarks>
internal sealed unsafe class X11Connection : IDisposable
{
    /// <summary>How long a server may take to answer. One that runs answers within milliseconds.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly DisplayTarget _target;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenSource _silence;
    private readonly CancellationTokenSource _end;
    private Socket? _socket;
    private CancellationTokenRegistration _interruption;
    private nint _connection;

    private X11Connection(DisplayTarget target, TimeProvider time, CancellationToken cancellationToken)
    {
        _target = target;
        _cancellation = cancellationToken;
        _silence = new CancellationTokenSource(Patience, time);
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _silence.Token);
    }

    /// <summary>The root window of the display's screen.</summary>
    public uint Root { get; private set; }

    /// <summary>What the screen takes for white.</summary>
    public uint WhitePixel { get; private set; }

    /// <summary>What the screen takes for black.</summary>
    public uint BlackPixel { get; private set; }

    /// <summary>libxcb's connection.</summary>
    public nint Handle => _connection;

    /// <summary>The display, as operators know it.</summary>
    public string DisplayName => _target.Address.Text;

    /// <summary>Opens a connection.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="time">Measures the server's silence.</param>
    /// <param name="cancellationToken">Ends every wait, also after this has returned.</param>
    /// <exception cref="DisplayException">There is no server, it refuses access, or a library is missing.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static X11Connection Open(DisplayTarget target, TimeProvider time, CancellationToken cancellationToken)
    {
        XcbLibraries.Require();
        var connection = new X11Connection(target, time, cancellationToken);
        try
        {
            connection.Connect();
            connection.FindRoot();
            connection._silence.CancelAfter(Timeout.InfiniteTimeSpan);
            return connection;
        }
        catch (Exception e)
        {
            // Before disposing, which takes the reason away.
            var explained = connection.Explain(e);
            connection.Dispose();
            throw explained;
        }
    }

    /// <summary>Runs a question to the server, which must answer it within <see cref="Patience"/>.</summary>
    /// <exception cref="DisplayException">The server went away or is silent; transient.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public T Ask<T>(Func<T> question)
    {
        _silence.CancelAfter(Patience);
        try
        {
            return question();
        }
        catch (DisplayException e)
        {
            throw Explain(e);
        }
        finally
        {
            _silence.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Whether the server has an extension; to be called within <see cref="Ask"/>.</summary>
    public bool HasExtension(ReadOnlySpan<byte> name)
    {
        fixed (byte* pointer = name)
        {
            var asked = Xcb.xcb_query_extension(_connection, (ushort)name.Length, pointer);
            return Take(Xcb.xcb_query_extension_reply(_connection, asked, out var error), error)?.Byte(8) is 1;
        }
    }

    /// <summary>Takes over a reply: copies it and frees it and the error that came instead.</summary>
    /// <returns>The reply, or null when the server answered with an error.</returns>
    /// <exception cref="DisplayException">There is no answer because the connection is broken.</exception>
    public XReply? Take(nint reply, nint error)
    {
        try
        {
            if (reply == 0)
            {
                ThrowIfBroken();
                return null;
            }

            return XReply.CopyFrom(reply);
        }
        finally
        {
            NativeMemory.Free((void*)reply);
            NativeMemory.Free((void*)error);
        }
    }

    /// <summary>Waits until the server sends an event, and takes all that have come.</summary>
    /// <param name="timeout">The longest wait; whole milliseconds.</param>
    /// <param name="onEvent">Called with each, 32 bytes; null where it is enough that there were any.</param>
    /// <exception cref="DisplayException">The server went away; transient.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void WaitForEvents(TimeSpan timeout, Action<XReply>? onEvent = null)
    {
        // libxcb may have read events while it waited for a reply: those do not make the socket readable again.
        if (!TakeEvents(onEvent))
        {
            var descriptor = new Posix.PollDescriptor
            {
                Fd = Xcb.xcb_get_file_descriptor(_connection),
                Events = Posix.PollIn,
            };

            // Interrupted by a signal or timed out: the caller looks again, as it would after an event.
            _ = Posix.poll(&descriptor, 1, (int)timeout.TotalMilliseconds);
            TakeEvents(onEvent);
        }

        _cancellation.ThrowIfCancellationRequested();
        ThrowIfBroken();
    }

    public void Dispose()
    {
        _interruption.Dispose();
        if (_connection != 0)
        {
            Xcb.xcb_disconnect(_connection);
            _connection = 0;
        }

        _socket?.Dispose();
        _end.Dispose();
        _silence.Dispose();
    }

    private void Connect()
    {
        var (cookie, problem) = XHandshake.FindCookie(_target);

        // Held until the real connection stands: a server that resets after its last client must not do so in between.
        using var probe = XSocket.Connect(_target, _end.Token);
        using (_end.Token.UnsafeRegister(Shutdown, probe))
        {
            XAccess.Check(probe, _target, cookie, problem);
        }

        _socket = XSocket.Connect(_target, _end.Token);
        _interruption = _end.Token.UnsafeRegister(Shutdown, _socket);
        _connection = XHandshake.Perform(_socket, cookie);
        ThrowIfBroken();
    }

    private void FindRoot()
    {
        var screens = Xcb.xcb_setup_roots_iterator(Xcb.xcb_get_setup(_connection));
        for (var i = 0; i < _target.Address.Screen && screens.Remaining > 0; i++)
        {
            Xcb.xcb_screen_next(&screens);
        }

        if (screens.Remaining == 0)
        {
            throw new DisplayException(
                $"the X server of display '{DisplayName}' has no screen {_target.Address.Screen}",
                FailureScope.Session,
                isTransient: false,
                "Leave the part after the dot out of DISPLAY.");
        }

        // xcb_screen_t: the root window, the default colormap, white, black.
        (Root, WhitePixel, BlackPixel) = (screens.Screen[0], screens.Screen[2], screens.Screen[3]);
    }

    private bool TakeEvents(Action<XReply>? onEvent)
    {
        var any = false;
        for (var e = Xcb.xcb_poll_for_event(_connection); e != 0; e = Xcb.xcb_poll_for_event(_connection))
        {
            var copy = onEvent is null ? default : new XReply(new ReadOnlySpan<byte>((void*)e, XReply.HeaderBytes).ToArray());
            NativeMemory.Free((void*)e);
            onEvent?.Invoke(copy);
            any = true;
        }

        return any;
    }

    private void ThrowIfBroken()
    {
        if (Xcb.xcb_connection_has_error(_connection) != 0)
        {
            throw Explain(new DisplayException(
                $"the X server of display '{DisplayName}' went away",
                FailureScope.Session,
                isTransient: true,
                "Nothing if the session ended; otherwise see the X server's log for why it ended."));
        }
    }

    /// <summary>A broken connection may be our own doing: then the reason for that is what is told.</summary>
    private Exception Explain(Exception e)
    {
        if (_cancellation.IsCancellationRequested)
        {
            return new OperationCanceledException("the wait for the X server was cancelled", e, _cancellation);
        }

        return _silence.IsCancellationRequested
            ? new DisplayException(
                $"the X server of display '{DisplayName}' did not answer within {Patience.TotalSeconds:0} s",
                FailureScope.Session,
                isTransient: true,
                "Check whether the X server is stopped or the machine overloaded.",
                e)
            : e;
    }

    private static void Shutdown(object? socket)
    {
        try
        {
            ((Socket)socket!).Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The connection ended first, which is what was wanted.
            return;
        }
    }
}
