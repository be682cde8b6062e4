namespace SessionRecorder;

/// <summary>Launches the agent inside the user's session, with rights that the user lacks.</summary>
/// <remarks>A plugin registers it as a singleton. The members may be called from any thread, and concurrently.</remarks>
public interface IElevationLauncher
{
    /// <summary>Finds out whether this launcher can work here and now. Free of side effects.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it can, and if not, why and what to do.</returns>
    Task<LauncherAvailability> CheckAsync(CancellationToken cancellationToken);

    /// <summary>Launches a command that goes on after the caller has ended.</summary>
    /// <param name="request">What to launch, and in which session.</param>
    /// <param name="cancellationToken">Ends the wait; a process that was launched by then goes on.</param>
    /// <returns>The launched process.</returns>
    /// <exception cref="ElevationException">It could not be launched, with the cause and the remedy.</exception>
    Task<ILaunchedProcess> LaunchAsync(LaunchRequest request, CancellationToken cancellationToken);
}

/// <summary>Whether a launcher can work here.</summary>
/// <param name="IsAvailable">Whether it can.</param>
/// <param name="Elevates">Whether what it launches has rights that the session's user lacks.</param>
/// <param name="Reason">Why not, one sentence; null when it can.</param>
/// <param name="Remedy">What to do about it; null when it can, or when nothing helps.</param>
public sealed record LauncherAvailability(bool IsAvailable, bool Elevates, string? Reason = null, string? Remedy = null);

/// <summary>What to launch.</summary>
/// <param name="FileName">The program's absolute path.</param>
/// <param name="Arguments">Its arguments, unquoted: the launcher quotes as its system needs.</param>
/// <param name="Session">The session to launch it in.</param>
public sealed record LaunchRequest(string FileName, IReadOnlyList<string> Arguments, UserSession Session);

/// <summary>A process that a launcher started. Disposing lets go of it and does not end it.</summary>
public interface ILaunchedProcess : IDisposable
{
    /// <summary>The process id.</summary>
    int Id { get; }

    /// <summary>Waits until it has ended.</summary>
    /// <param name="cancellationToken">Ends the wait, not the process.</param>
    /// <returns>Its exit code, or null where the system does not tell, and what it wrote to stderr (at most 4 kB).</returns>
    Task<(int? ExitCode, string ErrorOutput)> WaitForExitAsync(CancellationToken cancellationToken);
}
