using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Recording;

/// <summary>One of the videos that are recorded side by side.</summary>
/// <param name="Monitor">The monitor that it shows; null where it shows all.</param>
/// <param name="Bounds">What of the desktop it shows.</param>
internal sealed record CaptureTrack(string? Monitor, PixelRectangle Bounds)
{
    /// <summary>The tracks of a desktop, in an order that depends on nothing but the monitors' names.</summary>
    /// <remarks>
    /// A monitor whose picture is wholly within another's shows nothing of its own (they are mirrored): it has no track.
    /// Without an active monitor there is the desktop still, as one track.
    /// </remarks>
    public static IReadOnlyList<CaptureTrack> Of(DisplayTopology topology, CaptureLayout layout)
    {
        var separate = layout == CaptureLayout.Separate
            ? Separate([.. topology.Monitors.Select(monitor => new CaptureTrack(monitor.Name, monitor.Bounds))])
            : [];
        return separate.Length > 0 ? separate : [new CaptureTrack(null, topology.Bounds)];
    }

    /// <summary>The tracks of separate monitors, by what the ledger tells of the display.</summary>
    public static IReadOnlyList<CaptureTrack> Of(DisplayChanged display) => Separate(
        [.. display.Monitors.Select(m => new CaptureTrack(m.Name, new PixelRectangle(m.X, m.Y, m.Width, m.Height)))]);

    /// <summary>What operators are told of several tracks: the desktop's part, or each monitor's place.</summary>
    public static string Describe(IReadOnlyList<CaptureTrack> tracks) => string.Join(
        ", ", tracks.Select(track => track.Monitor is null ? track.Bounds.ToString() : $"{track.Monitor} {track.Bounds}"));

    private static CaptureTrack[] Separate(IReadOnlyList<CaptureTrack> monitors)
    {
        CaptureTrack[] ordered =
        [
            .. monitors.Where(monitor => !monitor.Bounds.IsEmpty).OrderBy(monitor => monitor.Monitor, StringComparer.Ordinal),
        ];
        return [.. ordered.Where((track, index) => !ordered.Where((other, at) => Hides(other, at, track, index)).Any())];
    }

    // Of two that show the same, the first by name stays.
    private static bool Hides(CaptureTrack other, int otherIndex, CaptureTrack track, int index) =>
        otherIndex != index
        && other.Bounds.Union(track.Bounds) == other.Bounds
        && (other.Bounds != track.Bounds || otherIndex < index);
}
