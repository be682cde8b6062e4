namespace SessionRecorder.Plugins;

/// <summary>
/// Launches the agent as a detached process with the rights of whoever calls, in the session's environment. Whether the
/// user lacks those rights depends on who calls, so it never claims to elevate.
/// </summary>
internal sealed class DirectLauncher(IProcessSupervisor processes) : IElevationLauncher
{
    public Task<LauncherAvailability> CheckAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new LauncherAvailability(IsAvailable: true, Elevates: false));

    public Task<ILaunchedProcess> LaunchAsync(LaunchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.Run(() => Launch(request), CancellationToken.None);
    }

    private ILaunchedProcess Launch(LaunchRequest request)
    {
        try
        {
            return processes.StartDetached(new ProcessStart
            {
                FileName = request.FileName,
                Arguments = request.Arguments,
                Environment = request.Session.Environment,
            });
        }
        catch (ChildProcessException e)
        {
            throw new ElevationException(
                $"the agent could not be launched in session {request.Session.SystemSession}: {e.Message}",
                e.Scope,
                e.IsTransient,
                e.Remedy,
                e);
        }
    }
}
