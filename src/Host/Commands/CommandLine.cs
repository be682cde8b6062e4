using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using SessionRecorder.Host.Configuration;

namespace SessionRecorder.Host.Commands;

/// <summary>The program's command line: parses it, runs the command, and turns every failure into a line and a code.</summary>
internal static class CommandLine
{
    public const string ProgramName = "session-recorder";

    private static readonly (string, string)[] Examples =
    [
        ("record --output /tmp/recording --duration 15s", "record this desktop for 15 seconds, with nothing configured"),
        ("doctor", "find out whether this machine can record, and if not, what to do"),
    ];

    /// <summary>Every command of the program, in the order in which help lists them.</summary>
    public static IReadOnlyList<ICommandDefinition> Definitions { get; } =
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

    public static string Version { get; } =
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Runs the program.</summary>
    /// <param name="arguments">What was typed after the program's name.</param>
    /// <param name="services">What the commands are built from.</param>
    /// <param name="definitions">The commands there are.</param>
    /// <param name="cancellationToken">Asks the command to end, as Ctrl-C does.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments,
        CommandServices services,
        IEnumerable<ICommandDefinition> definitions,
        CancellationToken cancellationToken)
    {
        var parsed = Parse(arguments, services, definitions);
        try
        {
            if (parsed.Action is ParseErrorAction)
            {
                throw DescribeErrors(parsed);
            }

            var invocation = new InvocationConfiguration
            {
                Output = services.Console.Out,
                Error = services.Console.Error,

                // Errors are reported here, and signals are handled by Interruption: a stop takes longer than a timeout.
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(invocation, cancellationToken);
        }
        catch (Exception e)
        {
            return ErrorReport.Write(e, parsed.GetValue(services.Verbose), services.Console.Error);
        }
    }

    /// <summary>Understands a line, and runs nothing.</summary>
    /// <param name="arguments">What was typed after the program's name.</param>
    /// <param name="services">What the commands are built from.</param>
    /// <param name="definitions">The commands there are.</param>
    public static ParseResult Parse(
        IReadOnlyList<string> arguments, CommandServices services, IEnumerable<ICommandDefinition> definitions) =>

        // Nothing is read from files named @like-this: a session's id may begin with an @.
        BuildRoot(services, definitions).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });

    private static RootCommand BuildRoot(CommandServices services, IEnumerable<ICommandDefinition> definitions)
    {
        var root = new RootCommand(
            "Makes a video record of a desktop session, accounts for every second of it, and stores it out of the user's reach.");
        root.Options.Clear();
        var help = new HelpOption("--help", "-h", "-?") { Description = "Show help, with examples" };
        help.Action = new CommandHelp((HelpAction)help.Action!, Examples);
        root.Options.Add(help);
        root.Options.Add(new Option<bool>("--version")
        {
            Description = "Show the program's version",
            Recursive = true,
            Action = new VersionAction(),
        });
        root.Options.Add(services.Config);
        root.Options.Add(services.Verbose);
        foreach (var definition in definitions)
        {
            root.Subcommands.Add(definition.Build(services));
        }

        CommandServices.RunGroup(root);
        return root;
    }

    private static CommandException DescribeErrors(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var name = CommandServices.NameOf(command);
        var messages = parsed.Errors
            .Select(e => e.Message.TrimEnd('.'))
            .Distinct()
            .Select(m => char.ToLowerInvariant(m[0]) + m[1..]);
        var known = command.Subcommands.Select(c => c.Name)
            .Concat(command.Options.Concat(command.Parents.OfType<Command>().SelectMany(p => p.Options)).Select(o => o.Name));
        var meant = parsed.UnmatchedTokens is [var unmatched, ..] ? Suggestion.For(unmatched, known) : null;
        return CommandException.Usage(
            string.Join("; ", messages), meant is null ? $"see '{name} --help'" : $"did you mean {meant}?");
    }

    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"{ProgramName} {Version}");
            return ExitCode.Done;
        }
    }
}
