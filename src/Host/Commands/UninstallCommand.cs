using System.CommandLine;
using SessionRecorder.Host.Deployment;

namespace SessionRecorder.Host.Commands;

/// <summary><c>uninstall</c>: removes hooks and program, and leaves recordings that are not delivered.</summary>
internal sealed class UninstallCommand : ICommandDefinition
{
    private readonly Option<bool> _purge = new("--purge")
    {
        Description = "Remove configuration and data directory too; refused while recordings in it are not delivered",
    };

    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "uninstall",
            "Remove what install placed. Recordings that are not delivered and the configuration stay.",
            ("uninstall ec2 --dry-run", "what would be removed"),
            ("uninstall ec2 --purge", "configuration and data directory too"));
        foreach (var target in InstallOptions.Targets)
        {
            var options = new InstallOptions(target);
            var subcommand = new CommandWithExamples(
                InstallOptions.NameOf(target),
                "Remove hooks and program.",
                ($"uninstall {InstallOptions.NameOf(target)}", "leave configuration and undelivered recordings"));
            options.AddTo(subcommand);
            subcommand.Options.Add(_purge);
            services.Run(subcommand, (context, cancellationToken) => RunAsync(services, context, options, cancellationToken));
            command.Subcommands.Add(subcommand);
        }

        CommandServices.RunGroup(command);
        return command;
    }

    private async Task<int> RunAsync(
        CommandServices services, CommandContext context, InstallOptions options, CancellationToken cancellationToken)
    {
        InstallOptions.RequireRights("uninstall");
        var tools = new SystemTools(context.CreateHostServices(null).Processes);
        try
        {
            var request = options.ToRequest(context);
            using var held = Directory.Exists(request.Layout.Place(request.Layout.ProgramFolder))
                ? await options.HoldAsync(context, request, services.Trust, cancellationToken)
                : null;
            var planner = new UninstallPlanner(request, services.Trust, tools, held);
            var plan = await InstallOptions.PlanAsync(() => planner.PlanAsync(context.Arguments.GetValue(_purge), cancellationToken));
            return await options.CarryOutAsync(context, plan, "nothing is installed", cancellationToken);
        }
        catch (UndeliveredException e)
        {
            throw new CommandException(ExitCode.NotDelivered, e.Message, e.Remedy, e);
        }
    }
}
