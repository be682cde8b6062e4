using System.ComponentModel.DataAnnotations;

namespace SessionRecorder.Host.Configuration;

/// <summary>Whether an absent user's session is recorded.</summary>
internal enum AbsencePolicy
{
    /// <summary>It goes on being recorded, where the system gives a picture.</summary>
    Record,

    /// <summary>Nothing is recorded, and the gap has this cause.</summary>
    Pause,
}

/// <summary>Whether a session that nobody is connected to is recorded.</summary>
internal enum DisconnectPolicy
{
    /// <summary>Pause on Windows, where such a session has no screen; record on Linux, where programs go on drawing.</summary>
    Auto,

    /// <summary>It goes on being recorded, where the system gives a picture.</summary>
    Record,

    /// <summary>Nothing is recorded, and the gap has this cause.</summary>
    Pause,
}

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

    /// <summary>What happens while the session is locked.</summary>
    public AbsencePolicy WhenLocked { get; set; } = AbsencePolicy.Record;

    /// <summary>What happens while nobody is connected to the session.</summary>
    public DisconnectPolicy WhenDisconnected { get; set; } = DisconnectPolicy.Auto;

    /// <summary>After how long without input nothing is recorded until there is some again; zero to record on.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.Zero;

    /// <summary>With less than this free where the spool lies, capturing pauses.</summary>
    public ByteSize MinimumFreeSpace { get; set; } = ByteSize.FromMegabytes(64);
}
