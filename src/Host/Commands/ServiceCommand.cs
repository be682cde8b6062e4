using System.CommandLine;
using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Heartbeat;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Service;
using SessionRecorder.Host.Service.Channel;

namespace SessionRecorder.Host.Commands;

/// <summary><c>service</c>: the service of this machine, in the foreground.</summary>
internal sealed class ServiceCommand : ICommandDefinition
{
    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "service",
            "Run the service: it keeps agents alive, delivers what was left behind, and records for users who ask. Ends with Ctrl-C; agents go on.",
            ("service", "as systemd and Windows' service manager run it"),
            ("service --verbose", "in a terminal, to see what it does"));
        services.Run(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw CommandException.Usage("the service needs administrator rights", "run it as root, on Windows as LocalSystem");
        }

        var configuration = context.LoadConfiguration();
        using var only = ServiceLock.TryTake(configuration.Options.DataDirectory, configuration.Trust) ?? throw new CommandException(
            ExitCode.Failed,
            $"a service runs already for the data directory {configuration.Options.DataDirectory}",
            "end it first, or give this one a DataDirectory of its own");
        if (!context.Verbose)
        {
            context.LogToFile(Path.Combine(ServiceLock.FolderOf(configuration.Options.DataDirectory), "service.log"));
        }

        await using var host = new RecorderHost(configuration, context.Loggers);
        host.CheckPlugins();
        var parts = new ServiceParts
        {
            Recordings = new HostRecordings(host),
            Desktops = host.Sessions,
            UnseenSessions = host.UnseenSessions,
            MachineEnd = new SystemdMachineEnd(host.Processes),
            Trust = configuration.Trust,
            ChannelPath = ServicePath.Of(context.ConfigurationFile),
            Watch = configuration.Options.Service.Watch,
            Beat = BeatOf(host, context.Time),
            Time = context.Time,
        };
        context.Output.WriteLine("the service runs; Ctrl-C ends it, and agents go on");
        await ServiceProgram.RunAsync(parts, context.Loggers, cancellationToken);
        return ExitCode.Done;
    }

    private static Func<CancellationToken, Task>? BeatOf(RecorderHost host, TimeProvider time)
    {
        if (host.Options.Heartbeat.Interval is not { Ticks: > 0 } interval)
        {
            return null;
        }

        var sender = new HeartbeatSender(host.CreateSinks(), interval, time, host.Loggers.CreateLogger<HeartbeatSender>());
        var machine = new MachineHeartbeat(
            host.Sessions,
            host.UnseenSessions,
            new HostRecordings(host),
            async () =>
            {
                var platform = await host.SelectPlatformAsync(null, CancellationToken.None);
                return desktop => host.Policy.ReasonAgainst(MachineHeartbeat.SessionOf(desktop), platform.Name);
            },
            host.Options.KeyPrefix,
            interval,
            time);
        return token => sender.RunAsync(machine.MakeAsync, token);
    }
}
