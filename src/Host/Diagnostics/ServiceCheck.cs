using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Deployment;
using SessionRecorder.Host.Deployment.Hooks;
using SessionRecorder.Host.Plugins;
using SessionRecorder.Host.Service.Channel;
using StreamJsonRpc;

namespace SessionRecorder.Host.Diagnostics;

/// <summary>Looks whether the service runs and answers, where the configuration counts on it.</summary>
/// <remarks>What this process itself may launch says nothing about that: the service has rights that an administrator lacks.</remarks>
/// <param name="configuration">What this doctor looks at.</param>
/// <param name="layout">The machine.</param>
/// <param name="tools">Tells what is registered; asked only.</param>
/// <param name="connect">Connects to the service at a path; null where none listens.</param>
internal sealed class ServiceCheck(
    RecorderConfiguration configuration,
    MachineLayout layout,
    ISystemTools tools,
    Func<string, CancellationToken, Task<IServiceControl?>> connect)
{
    public const string Subject = "service";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private string File => configuration.File ?? RecorderPaths.DefaultConfigurationFile;

    private bool Watches => configuration.Options.Service.Watch ?? RegisteredWatch.Find(layout, tools);

    /// <summary>Whether agents are launched through the service.</summary>
    public static bool Launches(RecorderOptions options) =>
        PluginHost.NameOf(PluginKind.Elevation, options.Elevation) == AutomaticLauncher.Service;

    /// <summary>Whether a configuration counts on the service, however it is registered.</summary>
    public static bool IsConfigured(RecorderOptions options) => options.Service.Watch == true || Launches(options);

    /// <summary>Whether anything counts on the service.</summary>
    public bool IsNeeded => Watches || Launches(configuration.Options);

    /// <summary>Asks it.</summary>
    /// <param name="mayLaunch">Whether this process could launch an agent by itself.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Finding> CheckAsync(bool mayLaunch, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(cancellationToken);
        return answer switch
        {
            null => NotThere(mayLaunch),
            { Error: { } error } => new(
                FindingLevel.Problem, Subject, $"it runs, and does not answer as it should: {error}",
                $"see its log in {Path.Combine(configuration.Options.DataDirectory, "service", "log")}, and restart it"),
            { Sessions: var sessions } => new(FindingLevel.Ok, Subject, $"it runs and answers; {Describe(sessions)}"),
        };
    }

    private static string Describe(IReadOnlyList<OwnSession> sessions) => sessions.Count == 0
        ? "nobody is logged on"
        : string.Join(", ", sessions.Select(session => $"session {session.SystemSession} is {(session.IsRecorded ? "" : "not ")}recorded"));

    private async Task<OwnSessionsAnswer?> AskAsync(CancellationToken cancellationToken)
    {
        var service = await connect(ServicePath.Of(configuration.File), cancellationToken);
        using var owned = service as IDisposable;
        try
        {
            return service is null ? null : await service.GetOwnSessionsAsync().WaitAsync(Patience, cancellationToken);
        }
        catch (Exception e) when (e is ConnectionLostException or RemoteRpcException or IOException)
        {
            return new OwnSessionsAnswer([], e.Message.ReplaceLineEndings(" "));
        }
        catch (TimeoutException)
        {
            return new OwnSessionsAnswer([], $"nothing came within {Duration.Format(Patience)}");
        }
    }

    /// <summary>No problem for who can launch without it, unless nobody calls `start`.</summary>
    private Finding NotThere(bool mayLaunch)
    {
        var (state, remedy) = layout.IsWindows ? FindOnWindows() : FindOnLinux();
        return mayLaunch && !Watches
            ? new(
                FindingLevel.Warning, Subject,
                $"{state}: `start` works as who runs doctor, but users cannot ask for a recording, and no agent that dies is started again", remedy)
            : new(FindingLevel.Problem, Subject, $"{state}: {(Watches ? "nobody is recorded by it" : "no agent can be launched")}", remedy);
    }

    private (string State, string Remedy) FindOnWindows() => tools.FindService(WindowsServiceHook.Name) switch
    {
        null => ($"the service {WindowsServiceHook.Name} is not registered", "run `session-recorder install` for this platform; --dry-run shows what it does"),
        { Runs: false } => (
            $"the service {WindowsServiceHook.Name} is registered and does not run",
            $"`sc start {WindowsServiceHook.Name}`; the Application log and the service's own log say why it ended"),
        _ => (
            $"the service {WindowsServiceHook.Name} runs, and does not listen for {File}",
            "have doctor look at the configuration that the service uses, or restart the service"),
    };

    private (string State, string Remedy) FindOnLinux() =>
        System.IO.File.Exists(layout.Place(layout.Join(MachineLayout.SystemdFolder, SystemdUnit.Name)))
            ? ($"no service listens for {File}", "`systemctl start session-recorder`; `journalctl -u session-recorder` says why it ended")
            : ($"no service listens for {File}, and none is installed", "run `session-recorder install` for this platform, or see to it that `session-recorder service` is started");
}
