namespace SessionRecorder.Host.Recording;

/// <summary>From when on the time between two frames of a video is a stretch without a picture.</summary>
internal static class FrameHole
{
    /// <summary>A second, or three frames where these are longer.</summary>
    /// <param name="frameInterval">The time between two frames that are in time.</param>
    public static TimeSpan Threshold(TimeSpan frameInterval) =>
        TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerSecond, 3 * frameInterval.Ticks));
}
