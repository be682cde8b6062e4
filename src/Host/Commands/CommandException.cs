namespace SessionRecorder.Host.Commands;

/// <summary>A command cannot do what it was asked to, and says with which code the program ends.</summary>
internal sealed class CommandException(int exitCode, string message, string? remedy = null, Exception? innerException = null)
    : RecorderException(message, FailureScope.Host, isTransient: false, remedy, innerException)
{
    /// <summary>An <see cref="Commands.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>The command line asks for what cannot be.</summary>
    public static CommandException Usage(string message, string? remedy = null) => new(Commands.ExitCode.Usage, message, remedy);
}
