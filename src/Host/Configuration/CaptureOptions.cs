using System.ComponentModel.DataAnnotations;

namespace SessionRecorder.Host.Configuration;

/// <summary>How the screen is captured.</summary>
internal sealed class CaptureOptions : PluginSelection
{
    public CaptureOptions() => Plugin = "ffmpeg";

    /// <summary>Whether all monitors are in one picture, or each has a video of its own.</summary>
    public CaptureLayout Layout { get; set; } = CaptureLayout.Combined;

    /// <summary>Pictures a second.</summary>
    [Range(1.0, 60.0)]
    public double FrameRate { get; set; } = 5;

    /// <summary>Whether the mouse pointer is drawn into the picture.</summary>
    public bool Cursor { get; set; } = true;

    /// <summary>After how much time a segment is closed and the next begins.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan SegmentDuration { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a capture may deliver no frame before it is replaced.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>With less than this free where the spool lies, capturing pauses.</summary>
    public ByteSize MinimumFreeSpace { get; set; } = ByteSize.FromMegabytes(64);
}
