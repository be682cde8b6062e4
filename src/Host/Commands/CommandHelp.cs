using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SessionRecorder.Host.Commands;

/// <summary>The usual help, and the command's examples below it.</summary>
internal sealed class CommandHelp(HelpAction usual, IReadOnlyList<(string Line, string Purpose)> rootExamples)
    : SynchronousCommandLineAction
{
    /// <summary>So that help is had on a half-written command line too.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        var command = parseResult.CommandResult.Command;
        var examples = command is CommandWithExamples own ? own.Examples : command is RootCommand ? rootExamples : [];
        var output = parseResult.InvocationConfiguration.Output;
        if (examples.Count > 0)
        {
            output.WriteLine("Examples:");
            foreach (var (line, purpose) in examples)
            {
                output.WriteLine($"  # {purpose}");
                output.WriteLine($"  {CommandLine.ProgramName} {line}");
            }

            output.WriteLine();
        }

        return ExitCode.Done;
    }
}
