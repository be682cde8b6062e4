namespace SessionRecorder;

/// <summary>Starts child processes. The only way to start one: the host implements it, plugins ask for it.</summary>
/// <remarks>Thread-safe. The host registers it in every plugin's container.</remarks>
public interface IProcessSupervisor
{
    /// <summary>Starts a child that ends with the host.</summary>
    /// <remarks>
    /// Where the system can do it (a job object on Windows, a parent-death signal on Linux), the child is ended when
    /// the host dies, however it dies. Its standard streams are pipes; stderr is drained and its end kept.
    /// </remarks>
    /// <param name="start">What to start.</param>
    /// <returns>The running child. The caller disposes it, which ends it.</returns>
    /// <exception cref="ChildProcessException">The program does not exist, may not be used, or could not be started.</exception>
    IChildProcess Start(ProcessStart start);

    /// <summary>Starts a process that goes on after the host has ended.</summary>
    /// <remarks>
    /// Its standard streams are not the host's, so that whoever waits for the end of the host's output does not wait
    /// for this process.
    /// </remarks>
    /// <param name="start">What to start.</param>
    /// <returns>The process. Disposing lets go of it and does not end it.</returns>
    /// <exception cref="ChildProcessException">The program does not exist, may not be used, or could not be started.</exception>
    ILaunchedProcess StartDetached(ProcessStart start);
}

/// <summary>What to start.</summary>
public sealed record ProcessStart
{
    /// <summary>The program's absolute path.</summary>
    public required string FileName { get; init; }

    /// <summary>Its arguments, unquoted. Secrets do not belong here: every user can read them.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Variables to set on top of the host's environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The working directory, an absolute path; null for the program's own folder.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Called for each line of a child's standard error, in order, from another thread; null for nobody.</summary>
    public Action<string>? OnErrorLine { get; init; }

    /// <summary>Whether it runs at a priority below normal, so that the user's own work goes first.</summary>
    public bool LowPriority { get; init; }

    /// <summary>
    /// The Windows session to start a detached process in, on its user's desktop (<c>winsta0\default</c>), with the
    /// account of this process; null for this process's own session. Only LocalSystem may name another one. What is started
    /// so inherits nothing, and its last words are not known. Elsewhere than on Windows a session is reached through
    /// <see cref="Environment"/>, and this must be null.
    /// </summary>
    public int? WindowsSession { get; init; }
}

/// <summary>A child process. Thread-safe. Disposing ends it at once if it still runs.</summary>
public interface IChildProcess : IAsyncDisposable
{
    /// <summary>The process id.</summary>
    int Id { get; }

    /// <summary>
    /// What tells this process from a later one with the same id: the boot and the start time in the system's own units.
    /// Comparable for equality only.
    /// </summary>
    string StartToken { get; }

    /// <summary>Its standard input. Writing to a child that has ended throws <see cref="IOException"/>.</summary>
    Stream StandardInput { get; }

    /// <summary>The lines of its standard output, as they come, until it closes it. May be read once.</summary>
    /// <param name="cancellationToken">Stops the reading, not the process.</param>
    /// <returns>The lines without their ends.</returns>
    IAsyncEnumerable<string> ReadLinesAsync(CancellationToken cancellationToken);

    /// <summary>The last lines of its standard error, at most 8 kB.</summary>
    string ErrorTail { get; }

    /// <summary>Completes, never faults, with the exit code once it has ended and its output has been read.</summary>
    Task<int> Exited { get; }

    /// <summary>Ends it at once (SIGKILL, TerminateProcess). Idempotent; harmless when it has ended.</summary>
    void Kill();
}
