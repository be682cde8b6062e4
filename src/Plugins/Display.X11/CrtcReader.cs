using SessionRecorder.Plugins.Interop;

namespace SessionRecorder.Plugins;

/// <summary>Reads the active monitors from a server whose RandR (1.3, 1.4) knows CRTCs and outputs only.</summary>
internal sealed class CrtcReader(X11Connection connection)
{
    private const byte Success = 0;
    private const int OutputInfoNames = 36;

    public List<DisplayMonitor> Read()
    {
        var monitors = new List<DisplayMonitor>();
        var cookie = XcbRandr.xcb_randr_get_screen_resources_current(connection.Handle, connection.Root);
        var reply = connection.Take(
            XcbRandr.xcb_randr_get_screen_resources_current_reply(connection.Handle, cookie, out var error), error);
        if (reply is not { } resources)
        {
            return monitors;
        }

        var primary = PrimaryOutput();
        var configured = resources.UInt32(12);
        for (var i = 0; i < resources.UInt16(16); i++)
        {
            var crtc = resources.UInt32(XReply.HeaderBytes + (i * sizeof(uint)));
            if (ReadCrtc(crtc, configured, primary) is { } monitor)
            {
                monitors.Add(monitor);
            }
        }

        return monitors;
    }

    private DisplayMonitor? ReadCrtc(uint crtc, uint configured, uint primary)
    {
        var cookie = XcbRandr.xcb_randr_get_crtc_info(connection.Handle, crtc, configured);
        var reply = connection.Take(
            XcbRandr.xcb_randr_get_crtc_info_reply(connection.Handle, cookie, out var error), error);

        // Another status than success means that the configuration changed since it was read: an event will follow.
        if (reply is not { } info || info.Byte(1) != Success || info.UInt16(28) == 0)
        {
            return null;
        }

        var outputs = Enumerable.Range(0, info.UInt16(28))
            .Select(i => info.UInt32(XReply.HeaderBytes + (i * sizeof(uint))))
            .ToArray();
        return new DisplayMonitor(OutputName(outputs[0], configured), info.Rectangle(12), 1.0, outputs.Contains(primary));
    }

    private uint PrimaryOutput()
    {
        var cookie = XcbRandr.xcb_randr_get_output_primary(connection.Handle, connection.Root);
        var reply = connection.Take(
            XcbRandr.xcb_randr_get_output_primary_reply(connection.Handle, cookie, out var error), error);
        return reply?.UInt32(8) ?? 0;
    }

    private string OutputName(uint output, uint configured)
    {
        var cookie = XcbRandr.xcb_randr_get_output_info(connection.Handle, output, configured);
        var reply = connection.Take(
            XcbRandr.xcb_randr_get_output_info_reply(connection.Handle, cookie, out var error), error);
        if (reply is not { } info || info.Byte(1) != Success)
        {
            return $"output-{output}";
        }

        var lists = info.UInt16(26) + info.UInt16(28) + info.UInt16(32);
        return info.Text(OutputInfoNames + (lists * sizeof(uint)), info.UInt16(34));
    }
}
