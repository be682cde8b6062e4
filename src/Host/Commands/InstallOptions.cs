using System.CommandLine;
using SessionRecorder.Host.Deployment;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Commands;

/// <summary>What install and uninstall share, for a platform.</summary>
internal sealed class InstallOptions(InstallTarget target)
{
    /// <summary>How long another install may take before this one gives up; most take seconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what would be done, and do nothing" };
    private readonly Option<bool> _pools = new("--pools") { Description = "A WorkSpaces Pool: session scripts, as on AppStream" };
    private readonly Option<bool> _service = new("--service")
    {
        Description = "Have the service watch the sessions, instead of scheduled tasks",
    };

    private readonly Option<string?> _root = Path("--root", "Place everything below this folder, to build an image");

    public static IReadOnlyList<InstallTarget> Targets { get; } = Enum.GetValues<InstallTarget>();

    public static string NameOf(InstallTarget target) => target.ToString().ToLowerInvariant();

    public static string DescriptionOf(InstallTarget target) => target switch
    {
        InstallTarget.AppStream => "On an AppStream image builder: session scripts start and stop recordings.",
        InstallTarget.WorkSpaces => "On a WorkSpace: scheduled tasks (Linux: the service) start and stop recordings.",
        _ => "On an EC2 instance: scheduled tasks (Linux: the service) start and stop recordings.",
    };

    /// <summary>An option that names a file or folder.</summary>
    public static Option<string?> Path(string name, string description) => new(name) { Description = description, HelpName = "PATH" };

    /// <summary>The absolute path of what was typed.</summary>
    public static string? Full(string? path) => path switch
    {
        null => null,
        "" => throw CommandException.Usage("a path is empty", "name a file, or leave the option out"),
        _ => System.IO.Path.GetFullPath(path),
    };

    /// <summary>Refuses to begin what would fail half-way.</summary>
    public static void RequireRights(string command)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw CommandException.Usage(
                $"{command} needs {(OperatingSystem.IsWindows() ? "an Administrator" : "root")}",
                OperatingSystem.IsWindows() ? "run it in a terminal that was opened with `Run as administrator`" : "run it with sudo");
        }
    }

    public void AddTo(Command command)
    {
        command.Options.Add(_dryRun);
        command.Options.Add(_root);
        _root.Hidden = true;
        if (target == InstallTarget.WorkSpaces)
        {
            command.Options.Add(_pools);
        }

        if (OperatingSystem.IsWindows() && target != InstallTarget.AppStream)
        {
            command.Options.Add(_service);
        }
    }

    /// <summary>Keeps other installs and uninstalls away; null for a dry run, which changes nothing.</summary>
    public async Task<InstallLock?> HoldAsync(CommandContext context, InstallRequest request, TrustPolicy trust, CancellationToken cancellationToken)
    {
        try
        {
            return context.Arguments.GetValue(_dryRun)
                ? null
                : await InstallLock.TakeAsync(request.Layout, trust, Patience, context.Time, cancellationToken);
        }
        catch (InstallException e)
        {
            throw new CommandException(ExitCode.Usage, e.Message, e.Remedy, e);
        }
    }

    public InstallRequest ToRequest(CommandContext context) => new()
    {
        Target = target,
        Layout = MachineLayout.OfThisSystem(Full(context.Arguments.GetValue(_root))),
        Source = System.IO.Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory),
        Version = CommandLine.Version,
        Pools = target == InstallTarget.WorkSpaces && context.Arguments.GetValue(_pools),
        Service = OperatingSystem.IsWindows() && target != InstallTarget.AppStream && context.Arguments.GetValue(_service),
    };

    /// <summary>Plans. What stands against it is told as a wrong use: nothing has been changed.</summary>
    public static async Task<InstallPlan> PlanAsync(Func<Task<InstallPlan>> plan)
    {
        try
        {
            return await plan();
        }
        catch (InstallException e)
        {
            throw new CommandException(ExitCode.Usage, e.Message, e.Remedy, e);
        }
    }

    /// <summary>Does what was planned, or says it: the same lines.</summary>
    public async Task<int> CarryOutAsync(
        CommandContext context, InstallPlan plan, string nothingToDo, CancellationToken cancellationToken)
    {
        if (plan.Steps.Count == 0)
        {
            context.Output.WriteLine(nothingToDo);
        }

        if (context.Arguments.GetValue(_dryRun))
        {
            foreach (var step in plan.Steps)
            {
                context.Output.WriteLine(step.Description);
            }
        }
        else
        {
            await plan.RunAsync(context.Output.WriteLine, cancellationToken);
        }

        foreach (var note in plan.Notes)
        {
            context.Output.Warn(note);
        }

        return plan.IsPartial ? ExitCode.Failed : ExitCode.Done;
    }
}
