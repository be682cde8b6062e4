using System.Globalization;

namespace SessionRecorder.Plugins;

/// <summary>
/// Launches the agent in any session of this machine with this process's own account, which is LocalSystem in the Windows
/// service and root on Linux: the session's user can neither end it nor look into it.
/// </summary>
/// <remarks>
/// Whoever lacks these rights asks the service <c>SessionRecorder</c>, which launches with this; that is the host's work.
/// </remarks>
internal sealed class ServiceLauncher(IProcessSupervisor processes, IOwnRights rights) : IElevationLauncher
{
    private const string Remedy = "Install and start the service SessionRecorder, which launches agents for those who lack the rights.";

    public Task<LauncherAvailability> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(
        rights.MayCross
            ? new LauncherAvailability(IsAvailable: true, Elevates: true)
            : new LauncherAvailability(IsAvailable: false, Elevates: true, Lacking, Remedy));

    public Task<ILaunchedProcess> LaunchAsync(LaunchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.Run(() => Launch(request), CancellationToken.None);
    }

    private string Lacking => rights.IsWindows
        ? "this process does not run as LocalSystem, and so may not start another in a user's session"
        : "this process does not run as root, so what it starts would have no rights that the user lacks";

    private ILaunchedProcess Launch(LaunchRequest request)
    {
        // Windows itself says what it allows; Linux would start an agent that the user can end.
        if (!rights.IsWindows && !rights.MayCross)
        {
            throw new ElevationException(
                $"the agent is not launched in session {request.Session.SystemSession}: {Lacking}",
                FailureScope.Host,
                isTransient: false,
                Remedy);
        }

        try
        {
            return processes.StartDetached(new ProcessStart
            {
                FileName = request.FileName,
                Arguments = request.Arguments,
                Environment = request.Session.Environment,
                WindowsSession = rights.IsWindows ? NumberOf(request.Session) : null,
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

    private static int NumberOf(UserSession session) =>
        int.TryParse(session.SystemSession, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ElevationException(
                $"'{session.SystemSession}' is not the number of a Windows session",
                FailureScope.Session,
                isTransient: false,
                "Use a platform plugin that gives the session's number.");
}
