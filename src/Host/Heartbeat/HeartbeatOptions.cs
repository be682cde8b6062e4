using System.ComponentModel.DataAnnotations;

namespace SessionRecorder.Host.Heartbeat;

/// <summary>Small objects in storage by which the owner of many machines sees which sessions are recorded.</summary>
internal sealed class HeartbeatOptions
{
    /// <summary>How often each agent, and the service, tell that they live; zero for never.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.Zero;
}
