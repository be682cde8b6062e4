using System.CommandLine;

namespace SessionRecorder.Host.Commands;

/// <summary>A command whose help ends with examples.</summary>
/// <param name="name">The command's name.</param>
/// <param name="description">What it does, one or two sentences; also shown in the list of commands.</param>
/// <param name="examples">Command lines without the program's name, each with a word on what it does.</param>
internal sealed class CommandWithExamples(string name, string description, params (string Line, string Purpose)[] examples)
    : Command(name, description)
{
    public IReadOnlyList<(string Line, string Purpose)> Examples { get; } = examples;
}
