using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Processes;

using var interruption = new Interruption();
var services = new CommandServices(
    CommandConsole.System(), TimeProvider.System, loggers => new ProcessSupervisor(loggers.CreateLogger<ProcessSupervisor>()));
return await CommandLine.RunAsync(args, services, [new PluginsCommand(), new DoctorCommand()], interruption.Token);
