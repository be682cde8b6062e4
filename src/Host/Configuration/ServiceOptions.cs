namespace SessionRecorder.Host.Configuration;

/// <summary>What the service does by itself.</summary>
internal sealed class ServiceOptions
{
    /// <summary>Whether it records every session from logon to logoff, without anybody's <c>start</c> and <c>stop</c>.</summary>
    public bool Watch { get; set; }
}
