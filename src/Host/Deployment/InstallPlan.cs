namespace SessionRecorder.Host.Deployment;

/// <summary>One change to the machine.</summary>
/// <param name="Description">What it does and where; one line.</param>
/// <param name="RunAsync">Does it.</param>
internal sealed record InstallStep(string Description, Func<CancellationToken, Task> RunAsync)
{
    /// <summary>A step that waits for nothing.</summary>
    public InstallStep(string description, Action run)
        : this(description, _ =>
        {
            run();
            return Task.CompletedTask;
        })
    {
    }
}

/// <summary>What is to be done, in order. A dry run prints it, and a real one does just that.</summary>
internal sealed class InstallPlan
{
    private readonly List<InstallStep> _steps = [];
    private readonly List<string> _notes = [];
    private readonly HashSet<int> _ended = [];

    /// <summary>The changes; none when everything is as it should be.</summary>
    public IReadOnlyList<InstallStep> Steps => _steps;

    /// <summary>What the operator should know or do besides; one line each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Processes that its steps end, by their ids: the service.</summary>
    public IReadOnlySet<int> Ended => _ended;

    /// <summary>Whether something must be left for another run.</summary>
    public bool IsPartial { get; private set; }

    public void Add(InstallStep step) => _steps.Add(step);

    public void Add(string description, Action run) => _steps.Add(new InstallStep(description, run));

    /// <summary>Tells that a step ends a process; null for none.</summary>
    public void End(int? processId)
    {
        if (processId is { } id)
        {
            _ended.Add(id);
        }
    }

    public void Note(string note) => _notes.Add(note);

    /// <summary>Tells what must be left for another run, and why.</summary>
    public void Leave(string note)
    {
        IsPartial = true;
        _notes.Add(note);
    }

    /// <summary>Does the steps, telling each before it is done.</summary>
    /// <exception cref="InstallException">A step failed; those before it are done, and another run goes on from there.</exception>
    public async Task RunAsync(Action<string> tell, CancellationToken cancellationToken)
    {
        foreach (var step in _steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            tell(step.Description);
            try
            {
                await step.RunAsync(cancellationToken);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ChildProcessException)
            {
                throw new InstallException(
                    $"could not {step.Description}: {e.Message}",
                    "put that right and run the same command again: it goes on where it stopped",
                    e);
            }
        }
    }
}

/// <summary>Installing or removing failed, or is refused.</summary>
internal sealed class InstallException(string message, string remedy, Exception? innerException = null)
    : RecorderException(message, FailureScope.Host, isTransient: false, remedy, innerException);
