namespace SessionRecorder.Tests;

/// <summary>Remembers what was to be started.</summary>
internal sealed class FakeSupervisor : IProcessSupervisor
{
    public List<ProcessStart> Detached { get; } = [];

    public ChildProcessException? Failure { get; init; }

    public IChildProcess Start(ProcessStart start) => throw new NotSupportedException();

    public ILaunchedProcess StartDetached(ProcessStart start)
    {
        Detached.Add(start);
        return Failure is null ? new Launched() : throw Failure;
    }

    private sealed class Launched : ILaunchedProcess
    {
        public int Id => 4711;

        public Task<(int? ExitCode, string ErrorOutput)> WaitForExitAsync(CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
