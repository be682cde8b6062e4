namespace SessionRecorder.Host.Configuration;

/// <summary>How several monitors become video.</summary>
internal enum CaptureLayout
{
    /// <summary>All in one picture, as they stand on the desktop.</summary>
    Combined,

    /// <summary>A video for each.</summary>
    Separate,
}
