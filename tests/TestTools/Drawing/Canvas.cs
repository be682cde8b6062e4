namespace SessionRecorder.TestTools.Drawing;

/// <summary>A window at the upper left of a display, or where it is wanted, that is painted off screen and shown in one request.</summary>
/// <remarks>Not thread-safe. It stays through changes of the display's size. Disposing closes it.</remarks>
internal sealed unsafe class Canvas : IDisposable
{
    private readonly nint _connection;
    private readonly uint _white;
    private readonly uint _black;
    private readonly uint _window;
    private readonly uint _pixmap;
    private readonly uint _gc;
    private readonly ushort _width;
    private readonly ushort _height;

    /// <summary>Opens it.</summary>
    /// <param name="display">The display: <c>:140</c>.</param>
    /// <param name="width">Pixels; 0 for the display's width.</param>
    /// <param name="height">Pixels; 0 for the display's height.</param>
    /// <param name="x">Its left edge.</param>
    /// <param name="y">Its upper edge.</param>
    /// <exception cref="IOException">The display cannot be reached.</exception>
    public Canvas(string display, int width, int height, int x = 0, int y = 0)
    {
        _connection = Xcb.Connect(display, null);
        ThrowIfLost(display);
        var screen = *Xcb.SetupRootsIterator(Xcb.GetSetup(_connection)).Data;
        (_white, _black) = (screen.WhitePixel, screen.BlackPixel);
        _width = width == 0 ? screen.Width : (ushort)width;
        _height = height == 0 ? screen.Height : (ushort)height;
        _window = Xcb.GenerateId(_connection);
        _pixmap = Xcb.GenerateId(_connection);
        _gc = Xcb.GenerateId(_connection);

        // Override-redirect: no window manager moves or covers it.
        var window = stackalloc uint[] { _black, 1 };
        _ = Xcb.CreateWindow(
            _connection,
            screen.RootDepth,
            _window,
            screen.Root,
            (short)x,
            (short)y,
            _width,
            _height,
            0,
            Xcb.InputOutput,
            screen.RootVisual,
            Xcb.WindowBackPixel | Xcb.WindowOverrideRedirect,
            window);
        _ = Xcb.CreatePixmap(_connection, screen.RootDepth, _pixmap, _window, _width, _height);
        var font = Xcb.GenerateId(_connection);
        _ = Xcb.OpenFont(_connection, font, 5, "fixed");
        var gc = stackalloc uint[] { _white, _black, font, 0 };
        _ = Xcb.CreateGc(
            _connection,
            _gc,
            _window,
            Xcb.GcForeground | Xcb.GcBackground | Xcb.GcFont | Xcb.GcGraphicsExposures,
            gc);
        Fill(white: false, [new Xcb.Rectangle(0, 0, _width, _height)]);
        Show(display);
        _ = Xcb.MapWindow(_connection, _window);
        _ = Xcb.Flush(_connection);
    }

    public int Width => _width;

    public int Height => _height;

    public void Fill(bool white, ReadOnlySpan<Xcb.Rectangle> rectangles)
    {
        SetColours(white);
        fixed (Xcb.Rectangle* first = rectangles)
        {
            _ = Xcb.PolyFillRectangle(_connection, _pixmap, _gc, (uint)rectangles.Length, first);
        }
    }

    public void Write(int x, int y, string text)
    {
        SetColours(white: true);
        _ = Xcb.ImageText8(_connection, (byte)text.Length, _pixmap, _gc, (short)x, (short)y, text);
    }

    /// <summary>Moves everything up.</summary>
    public void Scroll(int pixels)
    {
        _ = Xcb.CopyArea(
            _connection, _pixmap, _pixmap, _gc, 0, (short)pixels, 0, 0, _width, (ushort)(_height - pixels));
        Fill(white: false, [new Xcb.Rectangle(0, (short)(_height - pixels), _width, (ushort)pixels)]);
    }

    /// <summary>Shows what was painted: in one request, so that nobody sees a part of it.</summary>
    public void Show(string display)
    {
        _ = Xcb.CopyArea(_connection, _pixmap, _window, _gc, 0, 0, 0, 0, _width, _height);
        _ = Xcb.Flush(_connection);
        ThrowIfLost(display);
    }

    public void Raise()
    {
        var above = 0u;
        _ = Xcb.ConfigureWindow(_connection, _window, Xcb.ConfigStackMode, &above);
    }

    public void Dispose() => Xcb.Disconnect(_connection);

    private void SetColours(bool white)
    {
        var colours = stackalloc uint[] { white ? _white : _black, _black };
        _ = Xcb.ChangeGc(_connection, _gc, Xcb.GcForeground | Xcb.GcBackground, colours);
    }

    private void ThrowIfLost(string display)
    {
        if (Xcb.ConnectionHasError(_connection) is not 0 and var error)
        {
            throw new IOException($"the display {display} cannot be reached (xcb error {error})");
        }
    }
}
