using System.Runtime.CompilerServices;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Deployment;
using SessionRecorder.Host.Plugins;
using SessionRecorder.Host.Service.Channel;

namespace SessionRecorder.Host.Diagnostics;

/// <summary>Examines each plugin that the configuration uses: does it load, what does it say, does it do its work.</summary>
internal sealed class DoctorParts(
    PluginHost plugins,
    RecorderConfiguration configuration,
    Func<RecorderConfiguration, UserSession?, HostServices> newServices,
    Attempts attempts)
{
    private static readonly TimeSpan SessionLimit = TimeSpan.FromSeconds(5);

    private readonly RecorderOptions _options = configuration.Options;
    private readonly PluginExamination _plugin = new(attempts);
    private UserSession? _session;
    private string? _platform;
    private bool _mayLaunch;

    public async IAsyncEnumerable<Finding> ExamineAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var host = newServices(configuration, null);
        var selector = new PlatformSelector(plugins, host);
        var launcher = Make<IElevationLauncher>(PluginKind.Elevation, _options.Elevation, host);
        var source = Make<ICaptureSource>(PluginKind.Capture, _options.Capture, host);
        var examinations = new List<IAsyncEnumerable<Finding>>
        {
            _plugin.ExamineAsync("platform", t => selector.SelectAsync(_options.Platform, t), FindSessionAsync, cancellationToken),
            ExamineHooksAsync(host, cancellationToken),
            ExamineDisplayAsync(cancellationToken),
            _plugin.ExamineAsync("elevation", launcher, CheckLauncherAsync, cancellationToken),
            ExamineServiceAsync(host, cancellationToken),
            _plugin.ExamineAsync("capture", source, ProbeAsync, cancellationToken),
        };
        examinations.AddRange(_options.Storage.Select(s => _plugin.ExamineAsync<IStorageSink>(
            $"storage {s.Key}", Make<IStorageSink>(PluginKind.Storage, s.Value, host), null, cancellationToken)));
        foreach (var examination in examinations)
        {
            await foreach (var finding in examination)
            {
                yield return finding;
            }
        }
    }

    // Enumerated after the platform, which is then known.
    private async IAsyncEnumerable<Finding> ExamineHooksAsync(
        HostServices host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_platform is not { } platform)
        {
            yield break;
        }

        var check = new HooksCheck(configuration, MachineLayout.OfThisSystem(root: null), new SystemTools(host.Processes), Environment.IsPrivilegedProcess);
        foreach (var finding in await attempts.RunAsync("hooks", token => check.CheckAsync(platform, token), cancellationToken))
        {
            yield return finding;
        }
    }

    // Enumerated after the platform, which finds the session.
    private async IAsyncEnumerable<Finding> ExamineDisplayAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var host = newServices(configuration, _session);
        if (_session is null)
        {
            foreach (var finding in await attempts.RunAsync("display", _ => Task.FromResult(CheckDisplay(host)), cancellationToken))
            {
                yield return finding;
            }

            yield break;
        }

        var make = Make<IDisplayMonitor>(PluginKind.Display, _options.Display, host);
        await foreach (var finding in _plugin.ExamineAsync("display", make, DescribeDisplayAsync, cancellationToken))
        {
            yield return finding;
        }
    }

    private IReadOnlyList<Finding> CheckDisplay(HostServices host)
    {
        var (plugin, _) = plugins.Check(PluginKind.Display, PluginHost.NameOf(PluginKind.Display, _options.Display), host);
        return
        [
            new(FindingLevel.Ok, "display", $"{plugin.Id} {plugin.Version} is loaded"),
            new(
                FindingLevel.Warning,
                "display",
                "there is no session to record at present, so the display was not looked at",
                "run doctor again while a desktop session is open"),
        ];
    }

    private async Task<Finding> FindSessionAsync(IPlatform platform, CancellationToken cancellationToken)
    {
        _platform = platform.Name;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(SessionLimit);
        try
        {
            _session = await platform.WaitForSessionAsync(new SessionQuery(), limit.Token).WaitAsync(limit.Token);
            return new(FindingLevel.Ok, "session", $"{_session.User} on {_session.SystemSession}, platform {platform.Name}");
        }
        catch (PlatformException e) when (e is { Scope: FailureScope.Host, IsTransient: false })
        {
            // Sessions of this machine are left alone, as AppStream's image builders are: whoever prepares an image wants the rest to be right.
            return new(FindingLevel.Warning, "session", e.Message, e.Remedy);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(FindingLevel.Warning, "session", $"platform {platform.Name} has no session to record at present");
        }
    }

    private async Task<Finding> DescribeDisplayAsync(IDisplayMonitor display, CancellationToken cancellationToken)
    {
        var topology = await display.GetTopologyAsync(cancellationToken);
        var monitors = topology.Monitors.Count > 0
            ? string.Join(", ", topology.Monitors.Select(m => $"{m.Name} {m.Bounds}"))
            : "none";
        return new(FindingLevel.Ok, $"display {_session!.SystemSession}", $"{topology.Bounds}; monitors: {monitors}");
    }

    // Enumerated after the launcher, which says what this process itself may do.
    private async IAsyncEnumerable<Finding> ExamineServiceAsync(
        HostServices host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var check = new ServiceCheck(
            configuration,
            MachineLayout.OfThisSystem(root: null),
            new SystemTools(host.Processes),
            async (path, token) => await ServiceClient.TryConnectAsync(path, token));
        if (!check.IsNeeded)
        {
            yield break;
        }

        foreach (var finding in await attempts.RunAsync(
            ServiceCheck.Subject, async token => [await check.CheckAsync(_mayLaunch, token)], cancellationToken))
        {
            yield return finding;
        }
    }

    private async Task<Finding> CheckLauncherAsync(IElevationLauncher launcher, CancellationToken cancellationToken)
    {
        var available = await launcher.CheckAsync(cancellationToken);
        _mayLaunch = available.IsAvailable;
        return available switch
        {
            _ when ServiceCheck.Launches(_options) => new(
                FindingLevel.Ok, "elevation", "the service launches agents, with rights that the session's user lacks"),
            { IsAvailable: false } => new(
                FindingLevel.Problem, "elevation", available.Reason ?? "the agent cannot be launched here", available.Remedy),
            { Elevates: false } when !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess => new(
                FindingLevel.Ok, "elevation", "the agent gets root's rights where 'start' is called by root, as it is by hooks and the service"),
            { Elevates: false } => new(
                FindingLevel.Warning,
                "elevation",
                "the agent gets the rights of whoever calls 'start'",
                "see to it that 'start' is called as root or LocalSystem, or choose an elevation plugin"),
            _ => new(FindingLevel.Ok, "elevation", "the agent gets rights that the session's user lacks"),
        };
    }

    private static async Task<Finding> ProbeAsync(ICaptureSource source, CancellationToken cancellationToken)
    {
        var found = await source.ProbeAsync(cancellationToken);
        return new(FindingLevel.Ok, "capture", $"{found.Program} captures with {found.Source} and {found.Encoder}");
    }

    private Func<CancellationToken, Task<PluginInstance<T>>> Make<T>(string kind, PluginSelection selection, HostServices host)
        where T : class => _ => Task.FromResult(plugins.Create<T>(kind, selection, host));
}
