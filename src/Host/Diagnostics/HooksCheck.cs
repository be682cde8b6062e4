using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Deployment;
using SessionRecorder.Host.Deployment.Hooks;

namespace SessionRecorder.Host.Diagnostics;

/// <summary>Looks whether the platform calls this program: what `install` would change, and the time that the end of a session has.</summary>
/// <param name="configuration">What this doctor looks at.</param>
/// <param name="layout">The machine.</param>
/// <param name="tools">The system's own programs; asked only.</param>
/// <param name="isPrivileged">Whether everything may be looked at.</param>
internal sealed class HooksCheck(RecorderConfiguration configuration, MachineLayout layout, ISystemTools tools, bool isPrivileged)
{
    private const string Hooks = "hooks";
    private const string InstanceMetadata = "AllowInstanceMetadata";

    private readonly RecorderOptions _options = configuration.Options;

    /// <summary>Nothing for a platform that is not installed for.</summary>
    public async Task<IReadOnlyList<Finding>> CheckAsync(string platform, CancellationToken cancellationToken)
    {
        if (!Enum.TryParse<InstallTarget>(platform, ignoreCase: true, out var target))
        {
            return [];
        }

        var request = new InstallRequest
        {
            Target = target,
            Layout = layout,
            Source = AppContext.BaseDirectory,
            Version = "",
            Pools = target == InstallTarget.WorkSpaces && _options.Service.Watch != true && layout.IsWindows
                && File.Exists(layout.Place(layout.ScriptsFileIn(layout.PoolScripts))),
            Service = _options.Service.Watch == true || (layout.IsWindows && RegisteredWatch.Find(layout, tools)),
        };
        List<Finding> findings = [.. await CheckHooksAsync(request, cancellationToken), .. CheckWatching(request), .. CheckFile(), new EndingTimeCheck(request).Check()];
        findings.AddRange(CheckCrossing());
        if (request.HasSessionScripts)
        {
            findings.AddRange(CheckInstanceRole());
        }

        return findings;
    }

    /// <summary>Windows runs hooks in the services' session, from where nothing of a user's is seen.</summary>
    private IEnumerable<Finding> CheckCrossing() => layout.IsWindows && _options.Elevation.Plugin.Equals("direct", StringComparison.OrdinalIgnoreCase)
        ?
        [
            new(
                FindingLevel.Problem, "elevation", "hooks run in session 0, and the launcher 'direct' leaves the agent there, where it sees no user's screen",
                "leave Elevation:Plugin out, or set it to service or psexec"),
        ]
        : [];

    private async Task<IReadOnlyList<Finding>> CheckHooksAsync(InstallRequest request, CancellationToken cancellationToken)
    {
        var cure = $"run `session-recorder install {request.Platform}{(request.Pools ? " --pools" : "")}{(request.Service && !request.HasSessionScripts && layout.IsWindows ? " --service" : "")}`"
            + " with administrator rights; --dry-run shows what it does";
        if (new InstalledProgram(layout).Damage is { } damage)
        {
            return [new(FindingLevel.Problem, Hooks, damage, cure)];
        }

        // Tasks of the system are hidden from users, and look as if they were not registered.
        if (layout.IsWindows && !isPrivileged && !request.HasSessionScripts && !request.ServiceWatches)
        {
            return [new(FindingLevel.Warning, Hooks, "only administrators can see whether the scheduled tasks are registered", "run doctor from an elevated prompt")];
        }

        var plan = await new InstallPlanner(request, configuration.Trust, tools).PlanHooksAsync(_options.Elevation.Plugin, cancellationToken);
        return plan switch
        {
            null => [new(FindingLevel.Warning, Hooks, $"nothing is installed in {layout.ProgramFolder}, so nothing starts a recording by itself", cure)],
            { Steps: [] } => [new(FindingLevel.Ok, Hooks, $"{request.Platform} calls {layout.Pointer}; install would change nothing")],
            _ => [.. plan.Steps.Select(step => new Finding(FindingLevel.Problem, Hooks, $"install would {step.Description}", cure))],
        };
    }

    private IEnumerable<Finding> CheckWatching(InstallRequest request) => request.ServiceWatches && _options.Service.Watch == false
        ?
        [
            new(
                FindingLevel.Warning, Hooks, "the service records only sessions whose user calls `start`, for Service:Watch is false",
                "leave Service:Watch out, or set it to true, to have every session recorded from logon to logoff"),
        ]
        : [];

    /// <summary>Hooks read the machine's configuration, and not the one that somebody tries out.</summary>
    private IEnumerable<Finding> CheckFile() => configuration.File is { } file && !IsSamePath(Path.GetFullPath(file), layout.Place(layout.ConfigurationFile))
        ?
        [
            new(
                FindingLevel.Warning, Hooks, $"hooks use {layout.ConfigurationFile}, and this looked at {file}",
                "run doctor without --config to see what the hooks will"),
        ]
        : [];

    /// <summary>On instances of AppStream the role that instance metadata gives is of another account.</summary>
    private IEnumerable<Finding> CheckInstanceRole() =>
        from sink in _options.Storage
        where sink.Value.Plugin.Equals("s3", StringComparison.OrdinalIgnoreCase)
            && !"false".Equals(sink.Value.Options[InstanceMetadata], StringComparison.OrdinalIgnoreCase)
            && sink.Value.Options["AccessKeyId"] is null
        select new Finding(
            FindingLevel.Problem,
            $"storage {sink.Key}",
            "it may use the role of instance metadata, which here belongs to another account than yours",
            $"set Storage:{sink.Key}:Options:{InstanceMetadata} to false, and Profile to appstream_machine_role");

    private bool IsSamePath(string one, string other) =>
        one.Equals(other, layout.IsWindows ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
}
