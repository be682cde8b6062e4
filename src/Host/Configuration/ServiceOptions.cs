namespace SessionRecorder.Host.Configuration;

/// <summary>What the service does by itself.</summary>
internal sealed class ServiceOptions
{
    /// <summary>
    /// Whether it records every session from logon to logoff, without anybody's <c>start</c> and <c>stop</c>; null for as
    /// whoever runs it says with <c>--watch</c>, which what <c>install</c> registers does where nothing else starts recordings.
    /// </summary>
    public bool? Watch { get; set; }
}
