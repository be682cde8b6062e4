using System.Globalization;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>
/// Launches the agent as LocalSystem in a Windows session through the operator's own PsExec. Thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// The host's supervisor starts PsExec, so PsExec is an absolute path that administrators alone can write; and PsExec gets
/// its arguments by the one set of quoting rules that Windows programs share.
/// </para>
/// <para>
/// PsExec's service starts the agent with the system's environment, not with this process's: what the agent needs stands
/// in its configuration file.
/// </para>
/// </remarks>
internal sealed class PsExecLauncher(
    IOptions<PsExecOptions> options, IProcessSupervisor processes, IPsExecMachine machine, TimeProvider time) : IElevationLauncher
{
    private const string PathRemedy = "Set Elevation:Options:Path to PsExec64.exe's absolute path; it comes from Microsoft's Sysinternals.";

    private readonly PsExecOptions _options = options.Value;

    public Task<LauncherAvailability> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(
        !machine.IsWindows ? new LauncherAvailability(false, Elevates: true, "PsExec runs on Windows only", "Use the launcher 'service'.")
        : !machine.FileExists(_options.Path) ? new LauncherAvailability(false, Elevates: true, $"there is no {_options.Path}", PathRemedy)
        : !machine.IsPrivileged ? new LauncherAvailability(
            false, Elevates: true, "this process has no administrator rights, which PsExec needs to install its service", "Start as SYSTEM or as an elevated administrator.")
        : new LauncherAvailability(IsAvailable: true, Elevates: true));

    public async Task<ILaunchedProcess> LaunchAsync(LaunchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var session = request.Session.SystemSession;
        ThrowIfUnfit(request);
        cancellationToken.ThrowIfCancellationRequested();
        var (exitCode, text) = await RunAsync(request, cancellationToken);
        return PsExecAnswer.FindProcessId(text) is { } id
            ? machine.Follow(id)
            : throw PsExecAnswer.ToFailure(exitCode, text, session);
    }

    private static void ThrowIfUnfit(LaunchRequest request)
    {
        var session = request.Session.SystemSession;
        var isNumber = int.TryParse(session, NumberStyles.None, CultureInfo.InvariantCulture, out var number);

        // Session 0 is the services': PsExec would take it, and the agent would record a black screen.
        if (!isNumber || number == 0)
        {
            throw new ElevationException(
                $"PsExec cannot launch the agent in '{session}', which is not the number of a user's session",
                FailureScope.Session,
                isTransient: false,
                "Start when a user is logged on; `query session` lists the sessions.");
        }

        if (request.Session.Environment.Count > 0)
        {
            throw new ElevationException(
                $"PsExec cannot give the agent of session {session} the variables {string.Join(", ", request.Session.Environment.Keys)}",
                FailureScope.Session,
                isTransient: false,
                "Use another launcher for sessions that are reached by variables.");
        }
    }

    private async Task<(int ExitCode, string Text)> RunAsync(LaunchRequest request, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        await using var psExec = Start(request);
        try
        {
            // PsExec reads its input when that is no console, and would wait for its end.
            await psExec.StandardInput.DisposeAsync();
            var exitCode = await psExec.Exited.WaitAsync(either.Token);
            return (exitCode, psExec.ErrorTail);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            if (PsExecAnswer.FindProcessId(psExec.ErrorTail) is { } id)
            {
                // It has done its work and does not end; disposing ends it.
                return (id, psExec.ErrorTail);
            }

            throw new ElevationException(
                $"PsExec did not start the agent in session {request.Session.SystemSession} within {_options.Timeout.TotalSeconds:0.#} s",
                FailureScope.Host,
                isTransient: true,
                "Remove what an earlier run left (`sc.exe delete PSEXESVC`), and see whether a virus scanner holds PsExec up.");
        }
    }

    private IChildProcess Start(LaunchRequest request)
    {
        try
        {
            return processes.Start(new ProcessStart
            {
                FileName = _options.Path,
                Arguments =
                [
                    "-accepteula", "-nobanner", "-d", "-i", request.Session.SystemSession, "-s", request.FileName,
                    .. request.Arguments,
                ],
            });
        }
        catch (ChildProcessException e)
        {
            throw new ElevationException(
                $"the agent could not be launched in session {request.Session.SystemSession}: {e.Message}",
                e.Scope,
                e.IsTransient,
                e.Remedy ?? PathRemedy,
                e);
        }
    }
}
