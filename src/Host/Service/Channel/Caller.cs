namespace SessionRecorder.Host.Service.Channel;

/// <summary>Who asks, by the system's word.</summary>
/// <param name="UserId">As <see cref="DesktopSession.UserId"/>: the SID on Windows, the user number on Linux.</param>
/// <param name="IsAdministrator">Whether it is root, LocalSystem or an elevated administrator.</param>
/// <param name="SystemSession">The session that the caller's process runs in, where the system tells; null elsewhere.</param>
internal sealed record Caller(string UserId, bool IsAdministrator, string? SystemSession = null);

/// <summary>A connection to the service, and whose it is.</summary>
/// <param name="Stream">What is said; disposing it hangs up.</param>
/// <param name="Key">Whose connection it is, for counting, known before a word is said.</param>
/// <param name="IsTrusted">Whether it is certainly an administrator's, whom no limit keeps out.</param>
/// <param name="Identify">Tells who asks, once something was said; null where the caller hides who it is.</param>
internal sealed record ServicePeer(Stream Stream, string Key, bool IsTrusted, Func<Caller?> Identify);

/// <summary>Waits for those who ask. One caller at a time; disposing ends the wait.</summary>
internal interface IServiceListener : IDisposable
{
    /// <summary>Waits for the next one.</summary>
    /// <exception cref="IOException">It could not be accepted; call again.</exception>
    Task<ServicePeer> AcceptAsync(CancellationToken cancellationToken);
}
