using System.Globalization;

namespace SessionRecorder.Host.Recording;

/// <summary>
/// The names of files that are being written: <c>c000001-000000.mp4</c>, the capture's and the file's number; where each
/// monitor has a video of its own, <c>c000001-m0-000000.mp4</c> with the track's number.
/// </summary>
internal static class OpenFileName
{
    /// <summary>What the names of a capture's files begin with.</summary>
    public static string Prefix(int capture) => string.Create(CultureInfo.InvariantCulture, $"c{capture:D6}");

    /// <summary>What the names of a capture's files of one monitor begin with.</summary>
    /// <param name="capture">The capture.</param>
    /// <param name="track">The monitor's place among <see cref="CaptureTrack.Of(DisplayTopology, Configuration.CaptureLayout)"/>.</param>
    public static string Prefix(int capture, int track) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix(capture)}-m{track}");

    /// <summary>The first number, from one on, of which no file is left in a folder.</summary>
    public static int NextFree(string folder, int capture)
    {
        while (Directory.EnumerateFiles(folder, $"{Prefix(capture)}-*").Any())
        {
            capture++;
        }

        return capture;
    }

    /// <summary>The capture that a file belongs to, or null when the name is not one of these.</summary>
    public static int? CaptureOf(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        var dash = name.IndexOf('-', StringComparison.Ordinal);
        return dash > 1
            && name[0] == 'c'
            && int.TryParse(name.AsSpan(1, dash - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var capture)
            ? capture
            : null;
    }

    /// <summary>The file's number within its capture and track, from 0, in the order of time; null when the name is not one of these.</summary>
    public static int? NumberOf(string path) =>
        CaptureOf(path) is not null
        && Path.GetFileNameWithoutExtension(path).Split('-') is [_, .., var last] parts
        && (parts.Length == 2 || (parts.Length == 3 && TrackOf(path) is not null))
        && int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <summary>The path of another file of the same capture and track.</summary>
    public static string Sibling(string path, int number)
    {
        var name = Path.GetFileName(path);
        var start = name[..(name.LastIndexOf('-') + 1)];
        return Path.Combine(Path.GetDirectoryName(path)!, string.Create(CultureInfo.InvariantCulture, $"{start}{number:D6}{Path.GetExtension(name)}"));
    }

    /// <summary>The number of the monitor's track that a file belongs to, or null where it shows all monitors.</summary>
    public static int? TrackOf(string path)
    {
        var parts = Path.GetFileNameWithoutExtension(path).Split('-');
        return parts is [_, ['m', .. var track], _]
            && int.TryParse(track, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }
}
