using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Deployment;
using SessionRecorder.Host.Deployment.Hooks;

namespace SessionRecorder.Host.Diagnostics;

/// <summary>Looks whether the platform calls this program: what `install` would change, and the time that the end of a session has.</summary>
/// <param name="configuration">What this doctor looks at.</param>
/// <param name="layout">The machine.</param>
/// <param name="tools">The system's own programs; asked only.</param>
internal sealed class HooksCheck(RecorderConfiguration configuration, MachineLayout layout, ISystemTools tools)
{
    private const string Hooks = "hooks";
    private const string Ending = "time at a session's end";
    private const string InstanceMetadata = "AllowInstanceMetadata";

    /// <summary>What <c>stop</c> needs beside its deadline, to start and to say what it did, in seconds.</summary>
    private const int Margin = 3;

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
            Pools = target == InstallTarget.WorkSpaces && !_options.Service.Watch && layout.IsWindows
                && File.Exists(layout.Place(layout.ScriptsFileIn(layout.PoolScripts))),
            Service = _options.Service.Watch,
        };
        List<Finding> findings = [.. await CheckHooksAsync(request, platform, cancellationToken), .. CheckFile()];
        if (request.HasSessionScripts)
        {
            findings.AddRange([.. CheckWaitingTime(request, platform), .. CheckInstanceRole()]);
        }

        return findings;
    }

    private async Task<IReadOnlyList<Finding>> CheckHooksAsync(
        InstallRequest request, string platform, CancellationToken cancellationToken)
    {
        var cure = $"run `session-recorder install {platform}{(request.Pools ? " --pools" : "")}{(request.Service && layout.IsWindows ? " --service" : "")}`"
            + " with administrator rights; --dry-run shows what it does";
        var plan = await new InstallPlanner(request, configuration.Trust, tools).PlanHooksAsync(_options.Elevation.Plugin, cancellationToken);
        return plan switch
        {
            null => [new(FindingLevel.Warning, Hooks, $"nothing is installed in {layout.ProgramFolder}, so nothing starts a recording by itself", cure)],
            { Steps: [] } => [new(FindingLevel.Ok, Hooks, $"{platform} calls {layout.Pointer}; install would change nothing")],
            _ => [.. plan.Steps.Select(step => new Finding(FindingLevel.Problem, Hooks, $"install would {step.Description}", cure))],
        };
    }

    /// <summary>Hooks read the machine's configuration, and not the one that somebody tries out.</summary>
    private IEnumerable<Finding> CheckFile() => configuration.File is { } file && Path.GetFullPath(file) != layout.Place(layout.ConfigurationFile)
        ?
        [
            new(
                FindingLevel.Warning, Hooks, $"hooks use {layout.ConfigurationFile}, and this looked at {file}",
                "run doctor without --config to see what the hooks will"),
        ]
        : [];

    private IEnumerable<Finding> CheckWaitingTime(InstallRequest request, string platform)
    {
        var path = layout.Place(layout.ScriptsFileIn(request.SessionScripts));
        var events = SessionScriptEntry.ForPointer(layout.Pointer);
        var wait = File.Exists(path)
            ? SessionScriptsFile.Read(path, File.ReadAllBytes(path), isPascal: !layout.IsWindows).WaitingTimeOf(events[^1].Event)
            : null;
        yield return wait switch
        {
            null => new(
                FindingLevel.Problem, Ending, $"{path} has no waitingTime for {events[^1].Event}", $"run `session-recorder install {platform}`"),
            < SessionScriptEntry.StopSeconds + Margin => new(
                FindingLevel.Problem,
                Ending,
                $"{events[^1].Event} is killed after {wait} s, and stop delivers for {SessionScriptEntry.StopSeconds} s",
                $"run `session-recorder install {platform}`, which sets waitingTime {SessionScriptEntry.LongestWait}"),
            _ => new(
                FindingLevel.Ok, Ending,
                $"{events[^1].Event} has {wait} s, of which stop delivers for {SessionScriptEntry.StopSeconds}; the instance and its spool are gone after that"),
        };
    }

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
}
