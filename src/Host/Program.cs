using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Processes;
using SessionRecorder.Host.Trust;

using var interruption = new Interruption();
var trust = TrustPolicy.OfThisProcess();
var services = new CommandServices(
    CommandConsole.System(),
    TimeProvider.System,
    loggers => new ProcessSupervisor(loggers.CreateLogger<ProcessSupervisor>(), trust),
    trust);
ICommandDefinition[] commands =
[
    new StartCommand(),
    new RecordCommand(),
    new StopCommand(),
    new StatusCommand(),
    new RecoverCommand(),
    new ServiceCommand(),
    new ListCommand(),
    new ShowCommand(),
    new VerifyCommand(),
    new FleetCommand(),
    new PluginsCommand(),
    new DoctorCommand(),
    new InstallCommand(),
    new UninstallCommand(),
];
return await CommandLine.RunAsync(args, services, commands, interruption.Token);
