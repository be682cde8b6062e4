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
return await CommandLine.RunAsync(args, services, CommandLine.Definitions, interruption.Token);
