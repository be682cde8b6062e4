using System.CommandLine;
using SessionRecorder.Host.Deployment;

namespace SessionRecorder.Host.Commands;

/// <summary><c>install</c>: places the program on this machine, and has the platform call it.</summary>
internal sealed class InstallCommand : ICommandDefinition
{
    private readonly Option<string?> _ffmpeg = InstallOptions.Path(
        "--ffmpeg", "Copy this ffmpeg, and ffprobe that lies beside it, to where the recorder looks for it first");

    private readonly Option<string?> _psExec = InstallOptions.Path("--psexec", "Copy this PsExec (which may not be shipped), and use it");

    /// <summary>For install.sh, which hands over a copy that nobody else can change.</summary>
    private readonly Option<string?> _configurationName = new("--config-name") { Hidden = true };

    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "install",
            "Install the program from the folder that it was unpacked to, and have the platform start and stop recordings. "
                + "Run again, it upgrades in place, and running recordings go on. --config names a configuration to install.",
            ("install appstream --ffmpeg \"C:\\Program Files\\ffmpeg\\bin\\ffmpeg.exe\" --dry-run", "what would be done on an image builder"),
            ("install ec2 --config ./recorder.json", "with a configuration of your own"));
        foreach (var target in InstallOptions.Targets)
        {
            command.Subcommands.Add(Build(services, target));
        }

        CommandServices.RunGroup(command);
        return command;
    }

    private CommandWithExamples Build(CommandServices services, InstallTarget target)
    {
        var options = new InstallOptions(target);
        var command = new CommandWithExamples(
            InstallOptions.NameOf(target),
            InstallOptions.DescriptionOf(target),
            ($"install {InstallOptions.NameOf(target)} --dry-run", "say what would be done, and do nothing"));
        options.AddTo(command);
        command.Options.Add(_ffmpeg);
        command.Options.Add(_configurationName);
        if (OperatingSystem.IsWindows())
        {
            command.Options.Add(_psExec);
        }

        services.Run(command, (context, cancellationToken) => RunAsync(services, context, options, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(
        CommandServices services, CommandContext context, InstallOptions options, CancellationToken cancellationToken)
    {
        InstallOptions.RequireRights("install");
        var request = options.ToRequest(context) with
        {
            Ffmpeg = InstallOptions.Full(context.Arguments.GetValue(_ffmpeg)),
            PsExec = OperatingSystem.IsWindows() ? InstallOptions.Full(context.Arguments.GetValue(_psExec)) : null,
            Configuration = InstallOptions.Full(context.ConfigurationFile),
            ConfigurationName = context.Arguments.GetValue(_configurationName),
        };
        using var held = await options.HoldAsync(context, request, services.Trust, cancellationToken);
        var tools = new SystemTools(context.CreateHostServices(null).Processes);
        var plan = await InstallOptions.PlanAsync(
            () => new InstallPlanner(request, services.Trust, tools).PlanAsync(cancellationToken));
        return await options.CarryOutAsync(context, plan, "everything is installed already", cancellationToken);
    }
}
