using System.Globalization;

namespace SessionRecorder.Plugins;

/// <summary>
/// Launches the agent as a detached process with the rights of whoever calls, in the session's environment. Whether the
/// user lacks those rights depends on who calls, so it never claims to elevate.
/// </summary>
/// <param name="processes">Starts it.</param>
/// <param name="ownSession">The number of this process's session on Windows; null elsewhere.</param>
internal sealed class DirectLauncher(IProcessSupervisor processes, int? ownSession = null) : IElevationLauncher
{
    public Task<LauncherAvailability> CheckAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new LauncherAvailability(IsAvailable: true, Elevates: false));

    public Task<ILaunchedProcess> LaunchAsync(LaunchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        RequireOwnSession(request.Session.SystemSession);
        return Task.Run(() => Launch(request), CancellationToken.None);
    }

    /// <summary>Windows gives a process its parent's session, and shows the screen of no other: it would record black.</summary>
    private void RequireOwnSession(string wanted)
    {
        if (ownSession is { } own
            && int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number != own)
        {
            throw new ElevationException(
                $"the agent cannot be launched in session {number} by the launcher 'direct', which reaches session {own} alone, its own",
                FailureScope.Host,
                isTransient: false,
                "Leave Elevation:Plugin at 'auto', or set it to 'service'.");
        }
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
