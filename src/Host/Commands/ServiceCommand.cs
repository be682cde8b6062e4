using System.CommandLine;
using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Deployment.Hooks;
using SessionRecorder.Host.Heartbeat;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Logging;
using SessionRecorder.Host.Service;
using SessionRecorder.Host.Service.Channel;

namespace SessionRecorder.Host.Commands;

/// <summary><c>service</c>: the service of this machine, in the foreground.</summary>
internal sealed class ServiceCommand : ICommandDefinition
{
    private readonly Option<bool> _watch = new(WindowsServiceHook.WatchOption)
    {
        Description = "Record every session from logon to logoff, unless the configuration's Service:Watch says otherwise",
    };

    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "service",
            "Run the service: it keeps agents alive, delivers what was left behind, and records for users who ask. Ends with Ctrl-C; agents go on.",
            ("service", "as systemd and Windows' service manager run it"),
            ("service --verbose", "in a terminal, to see what it does"));
        command.Options.Add(_watch);
        services.Run(command, RunAsync);
        return command;
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
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
            context.LogTo(RecorderLogging.ToFolder(ServiceLock.LogFolderOf(configuration.Options.DataDirectory), configuration, context.Time));
        }

        await using var host = new RecorderHost(configuration, context.Loggers);
        host.CheckPlugins();
        var watches = configuration.Options.Service.Watch ?? context.Arguments.GetValue(_watch);
        var parts = new ServiceParts
        {
            Recordings = new HostRecordings(host),
            Desktops = host.Sessions,
            UnseenSessions = host.UnseenSessions,
            MachineEnd = new SystemdMachineEnd(host.Processes),
            Trust = configuration.Trust,
            ChannelPath = ServicePath.Of(context.ConfigurationFile),
            Watch = watches,
            Beat = BeatOf(host, watches, context.Time),
            Time = context.Time,
        };
        context.Output.WriteLine("the service runs; Ctrl-C ends it, and agents go on");
        await ServiceProgram.RunAsync(parts, context.Loggers, cancellationToken);
        return ExitCode.Done;
    }

    private static Func<CancellationToken, Task>? BeatOf(RecorderHost host, bool watches, TimeProvider time)
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
            watches,
            host.Options.KeyPrefix,
            interval,
            time);
        return token => sender.RunAsync(machine.MakeAsync, Task.CompletedTask, token);
    }
}
