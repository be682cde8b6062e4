using System.CommandLine;
using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Commands;

/// <summary>What commands are built from: the options that they share, and the way they are run.</summary>
internal sealed class CommandServices(
    CommandConsole console, TimeProvider time, Func<ILoggerFactory, IProcessSupervisor> newSupervisor, TrustPolicy trust)
{
    /// <summary><c>--config FILE</c>, on every command.</summary>
    public Option<string?> Config { get; } = new("--config")
    {
        Description = "The configuration file, instead of the default one",
        HelpName = "FILE",
        Recursive = true,
    };

    /// <summary><c>--verbose</c>, on every command.</summary>
    public Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Show what happens, and stack traces of errors",
        Recursive = true,
    };

    /// <summary><c>--json</c>, for the commands that add it.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON alone on standard output" };

    public CommandConsole Console { get; } = console;

    /// <summary>What this process refuses to use.</summary>
    public TrustPolicy Trust { get; } = trust;

    /// <summary>Sets what a command does.</summary>
    /// <param name="command">The command.</param>
    /// <param name="action">
    /// Does it and returns an <see cref="ExitCode"/>. Exceptions become an error line and a code in
    /// <see cref="CommandLine"/>. The token is cancelled by the first Ctrl-C or SIGTERM; a second one ends the process.
    /// </param>
    public void Run(Command command, Func<CommandContext, CancellationToken, Task<int>> action) =>
        command.SetAction(async (arguments, cancellationToken) =>
        {
            EnvironmentTrust.Require(Trust, Environment.GetEnvironmentVariables());
            Trust.RequireTree("the program's folder", AppContext.BaseDirectory);
            using var context = new CommandContext(this, arguments, time, newSupervisor);
            return await action(context, cancellationToken);
        });

    /// <summary>Has a command that only groups others say which there are.</summary>
    public static void RunGroup(Command group) => group.SetAction(Task<int> (_) => throw CommandException.Usage(
        $"a command is missing after '{NameOf(group)}'",
        $"choose one of {string.Join(", ", group.Subcommands.Select(c => c.Name))}, or see '{NameOf(group)} --help'"));

    /// <summary>The command as it is typed: <c>session-recorder plugins list</c>.</summary>
    public static string NameOf(Command command) => command switch
    {
        RootCommand => CommandLine.ProgramName,
        _ when command.Parents.OfType<Command>().FirstOrDefault() is { } parent => $"{NameOf(parent)} {command.Name}",
        _ => command.Name,
    };
}
