using System.Text;
using SessionRecorder.Plugins.Interop;

namespace SessionRecorder.Plugins;

/// <summary>A plain window with a text. For the thread of its connection; gone with it.</summary>
/// <remarks>It never takes the keyboard: what the user is typing into another window stays there.</remarks>
internal sealed unsafe class NoticeWindow
{
    private const string Title = "Session Recorder";
    private const string Answer = "[ OK ]";
    private const int Margin = 20;
    private const int Border = 3;
    private const int Columns = 64;

    // Atoms that every server has (Xatom.h).
    private const uint Atom = 4, SizeHints = 41, TextString = 31, Hints = 35, Name = 39, NormalHints = 40, Class = 67;

    private readonly X11Connection _connection;
    private readonly NoticeFont _font;
    private readonly IReadOnlyList<string> _lines;
    private readonly uint _window;
    private readonly uint _context;

    /// <summary>Makes it and asks the server to show it; within <see cref="X11Connection.Ask"/>.</summary>
    /// <param name="connection">The connection; remains the caller's.</param>
    /// <param name="notice">What it says.</param>
    /// <param name="monitor">Where.</param>
    /// <exception cref="DisplayException">The text cannot be written there.</exception>
    public NoticeWindow(X11Connection connection, UserNotice notice, PixelRectangle monitor)
    {
        _connection = connection;
        _font = NoticeFont.Open(connection);
        _lines = Lay(notice, monitor);
        var size = (Width: (_lines.Max(line => line.Length) * _font.Width) + (2 * Margin), Height: (_lines.Count * _font.Height) + (2 * Margin));
        var outer = (Width: size.Width + (2 * Border), Height: size.Height + (2 * Border));
        if (outer.Width > monitor.Width || outer.Height > monitor.Height)
        {
            throw Unwritable($"it needs {outer.Width}x{outer.Height} pixels, and the monitor has {monitor.Width}x{monitor.Height}", "Make the text shorter.");
        }

        var isBox = notice.Kind == NoticeKind.MessageBox;
        var x = isBox ? monitor.X + ((monitor.Width - outer.Width) / 2) : monitor.X + monitor.Width - outer.Width;
        var y = isBox ? monitor.Y + ((monitor.Height - outer.Height) / 2) : monitor.Y;
        _window = Create(new PixelRectangle(x, y, size.Width, size.Height));
        _context = CreateContext();
        Describe(isBox, new PixelRectangle(x, y, size.Width, size.Height));
        _ = XcbWindows.xcb_map_window(connection.Handle, _window);
        _ = Xcb.xcb_flush(connection.Handle);
    }

    /// <summary>Whether its text has been drawn on the screen.</summary>
    public bool IsShown { get; private set; }

    /// <summary>Whether the user has closed it.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Does what an event asks for.</summary>
    public void Handle(XReply e)
    {
        const byte SentByClient = 0x80;
        switch (e.Byte(0) & ~SentByClient)
        {
            // Another client of the display may send any event: only the server's own say that it is to be seen.
            case XcbWindows.Expose when (e.Byte(0) & SentByClient) == 0:
                Draw();
                IsShown = true;
                break;
            case XcbWindows.ButtonPress or XcbWindows.DestroyNotify or XcbWindows.ClientMessage:
                IsClosed = true;
                break;
            default:
                break;
        }
    }

    private List<string> Lay(UserNotice notice, PixelRectangle monitor)
    {
        var text = NoticeText.Write(notice.Text, _font.Has) ?? throw Unwritable(
            "the X server's fonts lack most of its letters", "Install the server's own fonts (Debian: xfonts-base), or write it in other letters.");
        var columns = Math.Clamp((monitor.Width - (2 * (Margin + Border))) / _font.Width, 1, Columns);
        var lines = NoticeText.Wrap(text, columns).ToList();
        if (notice.Kind == NoticeKind.MessageBox)
        {
            var longest = Math.Max(Answer.Length, lines.Max(line => line.Length));
            lines.AddRange(["", new string(' ', (longest - Answer.Length) / 2) + Answer]);
        }

        return lines;
    }

    private DisplayException Unwritable(string why, string remedy) => new(
        $"the notice cannot be written on display '{_connection.DisplayName}': {why}", FailureScope.Session, isTransient: false, remedy);

    private uint Create(PixelRectangle place)
    {
        var id = XcbWindows.xcb_generate_id(_connection.Handle);
        var values = stackalloc uint[]
        {
            _connection.WhitePixel,
            _connection.BlackPixel,
            XcbWindows.ExposureMask | XcbWindows.ButtonPressMask | Xcb.StructureNotifyMask,
        };
        _ = XcbWindows.xcb_create_window(
            _connection.Handle, 0, id, _connection.Root, (short)place.X, (short)place.Y, (ushort)place.Width, (ushort)place.Height, Border,
            XcbWindows.InputOutput, 0, XcbWindows.BackPixel | XcbWindows.BorderPixel | XcbWindows.EventMask, values);
        return id;
    }

    private uint CreateContext()
    {
        var id = XcbWindows.xcb_generate_id(_connection.Handle);
        var values = stackalloc uint[] { _connection.BlackPixel, _connection.WhitePixel, _font.Id };
        _ = XcbWindows.xcb_create_gc(
            _connection.Handle, id, _window, XcbWindows.Foreground | XcbWindows.Background | XcbWindows.Font, values);
        return id;
    }

    /// <summary>Tells a window manager, where there is one, what it is and where it belongs.</summary>
    private void Describe(bool isBox, PixelRectangle place)
    {
        const uint UserPosition = 1, UserSize = 2, SmallestSize = 16, LargestSize = 32, InputHint = 1;
        Set(Name, TextString, Encoding.ASCII.GetBytes(Title));
        Set(Class, TextString, Encoding.ASCII.GetBytes("session-recorder\0Session-recorder\0"));
        Set(Hints, Hints, [InputHint, 0, 0, 0, 0, 0, 0, 0, 0]);
        uint width = (uint)place.Width, height = (uint)place.Height;
        Set(NormalHints, SizeHints,
        [
            UserPosition | UserSize | SmallestSize | LargestSize, (uint)place.X, (uint)place.Y, width, height, width, height, width, height,
            0, 0, 0, 0, 0, 0, 0, 0, 0,
        ]);
        Set(AtomOf("WM_PROTOCOLS"u8), Atom, [AtomOf("WM_DELETE_WINDOW"u8)]);
        Set(AtomOf("_NET_WM_STATE"u8), Atom, [AtomOf("_NET_WM_STATE_ABOVE"u8)]);
        Set(AtomOf("_NET_WM_WINDOW_TYPE"u8), Atom,
            [isBox ? AtomOf("_NET_WM_WINDOW_TYPE_DIALOG"u8) : AtomOf("_NET_WM_WINDOW_TYPE_NOTIFICATION"u8)]);
    }

    private uint AtomOf(ReadOnlySpan<byte> name)
    {
        fixed (byte* pointer = name)
        {
            var asked = XcbWindows.xcb_intern_atom(_connection.Handle, 0, (ushort)name.Length, pointer);
            return _connection.Take(XcbWindows.xcb_intern_atom_reply(_connection.Handle, asked, out var error), error)?.UInt32(8) ?? 0;
        }
    }

    private void Set(uint property, uint type, byte[] text)
    {
        fixed (byte* data = text)
        {
            _ = XcbWindows.xcb_change_property(_connection.Handle, 0, _window, property, type, 8, (uint)text.Length, data);
        }
    }

    private void Set(uint property, uint type, uint[] values)
    {
        fixed (uint* data = values)
        {
            _ = XcbWindows.xcb_change_property(_connection.Handle, 0, _window, property, type, 32, (uint)values.Length, data);
        }
    }

    private void Draw()
    {
        for (var i = 0; i < _lines.Count; i++)
        {
            // The protocol wants the higher byte of a character first.
            var characters = Encoding.BigEndianUnicode.GetBytes(_lines[i]);
            fixed (byte* pointer = characters)
            {
                _ = XcbWindows.xcb_image_text_16(
                    _connection.Handle, (byte)_lines[i].Length, _window, _context,
                    Margin, (short)(Margin + _font.Ascent + (i * _font.Height)), pointer);
            }
        }

        _ = Xcb.xcb_flush(_connection.Handle);
    }
}
