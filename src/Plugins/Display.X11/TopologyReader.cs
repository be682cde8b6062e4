using SessionRecorder.Plugins.Interop;

namespace SessionRecorder.Plugins;

/// <summary>Reads the topology of a display over one connection. For one thread at a time.</summary>
/// <remarks>
/// Nothing here depends on two replies fitting together: while monitors are being changed, one may tell of the state
/// before and the next of the state after. The event that follows makes the caller read again.
/// </remarks>
internal sealed unsafe class TopologyReader
{
    /// <summary>The version with RRGetMonitors; the newest that is asked for.</summary>
    public static readonly Version Monitors = new(1, 5);

    private static readonly Version Crtcs = new(1, 3);
    private static readonly Version None = new(0, 0);

    private readonly X11Connection _connection;
    private readonly Dictionary<uint, string> _atoms = [];

    /// <summary>Asks what the server can do.</summary>
    /// <param name="connection">The connection; remains the caller's.</param>
    /// <param name="newest">The newest RandR version to use.</param>
    public TopologyReader(X11Connection connection, Version newest)
    {
        _connection = connection;
        var offered = connection.Ask(() => AskVersion(newest));
        Version = offered < newest ? offered : newest;
    }

    /// <summary>The RandR version in use; 0.0 where the server has none, and then no changes to tell of.</summary>
    public Version Version { get; }

    /// <summary>Asks the server for events about the topology. Before the first read, so that no change falls between.</summary>
    public void Subscribe()
    {
        // Nothing is answered to these; should the server refuse, the periodic look remains.
        var mask = Xcb.StructureNotifyMask;
        _ = Xcb.xcb_change_window_attributes(_connection.Handle, _connection.Root, Xcb.EventMaskAttribute, &mask);
        if (Version != None)
        {
            _ = XcbRandr.xcb_randr_select_input(_connection.Handle, _connection.Root, XcbRandr.ChangeMask);
        }

        _ = Xcb.xcb_flush(_connection.Handle);
    }

    /// <summary>Reads the topology.</summary>
    /// <exception cref="DisplayException">The server went away or is silent; transient.</exception>
    public DisplayTopology Read() => _connection.Ask(() =>
    {
        var monitors = ReadMonitors();
        var root = ReadRoot();
        if (Version < Crtcs)
        {
            monitors = [new DisplayMonitor("screen", root, 1.0, IsPrimary: true)];
        }

        var union = monitors.Aggregate(default(PixelRectangle), (bounds, monitor) => bounds.Union(monitor.Bounds));
        var visible = Intersect(union, root);
        return new DisplayTopology(monitors, visible.IsEmpty ? root : visible);
    });

    private static PixelRectangle Intersect(PixelRectangle a, PixelRectangle b)
    {
        var left = Math.Max(a.X, b.X);
        var top = Math.Max(a.Y, b.Y);
        return new PixelRectangle(
            left,
            top,
            Math.Max(0, Math.Min(a.X + a.Width, b.X + b.Width) - left),
            Math.Max(0, Math.Min(a.Y + a.Height, b.Y + b.Height) - top));
    }

    private Version AskVersion(Version newest)
    {
        // Asking with an extension that the server lacks would end the connection.
        if (!_connection.HasExtension("RANDR"u8))
        {
            return None;
        }

        var cookie = XcbRandr.xcb_randr_query_version(_connection.Handle, (uint)newest.Major, (uint)newest.Minor);
        var reply = _connection.Take(
            XcbRandr.xcb_randr_query_version_reply(_connection.Handle, cookie, out var refused), refused);
        return reply is { } version ? new Version((int)version.UInt32(8), (int)version.UInt32(12)) : None;
    }

    private PixelRectangle ReadRoot()
    {
        var cookie = Xcb.xcb_get_geometry(_connection.Handle, _connection.Root);
        var reply = _connection.Take(Xcb.xcb_get_geometry_reply(_connection.Handle, cookie, out var error), error)
            ?? throw new DisplayException(
                $"the X server of display '{_connection.DisplayName}' does not tell its root window's size",
                FailureScope.Session,
                isTransient: true);
        return reply.Rectangle(12) with { X = 0, Y = 0 };
    }

    private List<DisplayMonitor> ReadMonitors()
    {
        var monitors = Version >= Monitors ? ReadRandrMonitors()
            : Version >= Crtcs ? new CrtcReader(_connection).Read()
            : [];
        monitors.RemoveAll(monitor => monitor.Bounds.IsEmpty);

        // Stable: besides the primary one they stay in the server's order.
        return [.. monitors.OrderByDescending(monitor => monitor.IsPrimary)];
    }

    private List<DisplayMonitor> ReadRandrMonitors()
    {
        const int MonitorBytes = 24;
        var cookie = XcbRandr.xcb_randr_get_monitors(_connection.Handle, _connection.Root, onlyActive: 1);
        var reply = _connection.Take(
            XcbRandr.xcb_randr_get_monitors_reply(_connection.Handle, cookie, out var error), error);
        var monitors = new List<DisplayMonitor>();
        if (reply is not { } list)
        {
            return monitors;
        }

        var offset = XReply.HeaderBytes;
        for (var left = list.UInt32(12); left > 0; left--)
        {
            monitors.Add(new DisplayMonitor(
                AtomName(list.UInt32(offset)), list.Rectangle(offset + 8), 1.0, list.Byte(offset + 4) != 0));
            offset += MonitorBytes + (list.UInt16(offset + 6) * sizeof(uint));
        }

        return monitors;
    }

    private string AtomName(uint atom)
    {
        if (!_atoms.TryGetValue(atom, out var name))
        {
            var cookie = Xcb.xcb_get_atom_name(_connection.Handle, atom);
            var reply = _connection.Take(Xcb.xcb_get_atom_name_reply(_connection.Handle, cookie, out var error), error);
            name = reply?.Text(XReply.HeaderBytes, reply.Value.UInt16(8)) ?? $"monitor-{atom}";
            _atoms.Add(atom, name);
        }

        return name;
    }
}
