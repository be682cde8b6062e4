using System.CommandLine;

namespace SessionRecorder.Host.Commands;

/// <summary>One command of the program.</summary>
internal interface ICommandDefinition
{
    /// <summary>Builds the command: its options, and with <see cref="CommandServices.Run"/> what it does.</summary>
    Command Build(CommandServices services);
}
