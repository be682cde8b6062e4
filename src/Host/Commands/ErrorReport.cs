using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Plugins;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Commands;

/// <summary>The one place where a failure becomes lines on standard error and an exit code.</summary>
internal static class ErrorReport
{
    private const string Report = "run it again with --verbose and report this";

    /// <summary>Writes the failure.</summary>
    /// <param name="exception">What came out of a command.</param>
    /// <param name="verbose">Whether the stack trace is shown too.</param>
    /// <param name="error">Standard error.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static int Write(Exception exception, bool verbose, TextWriter error)
    {
        var (lines, code) = Describe(exception);
        foreach (var line in lines)
        {
            error.WriteLine($"{CommandLine.ProgramName}: error: {line.ReplaceLineEndings(" ")}");
        }

        if (verbose)
        {
            error.WriteLine(exception);
        }

        return code;
    }

    /// <summary>The <see cref="ExitCode"/> with which a failure ends a command.</summary>
    public static int CodeOf(Exception exception) => Describe(exception).Code;

    private static (IReadOnlyList<string> Lines, int Code) Describe(Exception exception) => exception switch
    {
        UnrecordedSessionException { InnerException: { } cause } e =>
            Describe(cause) is var (lines, code) ? ([.. lines, e.Response], code) : default,
        ConfigurationException e => ([.. e.Errors.Select(c => c.ToString())], ExitCode.Usage),
        PluginException e => ([WithRemedy(e)], ExitCode.Usage),
        CommandException e => ([WithRemedy(e)], e.ExitCode),
        DisplayException or PlatformException => ([WithRemedy((RecorderException)exception)], ExitCode.NothingToActOn),
        CaptureException { Scope: FailureScope.Host, IsTransient: false } e => ([WithRemedy(e)], ExitCode.Usage),
        TrustException e => ([WithRemedy(e)], ExitCode.Usage),
        ChildProcessException { IsTransient: false } e => ([WithRemedy(e)], ExitCode.Usage),
        SelfCheckException e => ([WithRemedy(e)], ExitCode.Usage),
        RecorderException e => ([WithRemedy(e)], ExitCode.Failed),
        OperationCanceledException => (["interrupted before it was done"], ExitCode.Failed),
        UnauthorizedAccessException e =>
            ([$"{e.Message}; run it as root or Administrator, or correct the path's permissions"], ExitCode.Failed),
        IOException e => ([e.Message], ExitCode.Failed),
        _ => ([$"unexpected failure: {exception.GetType().Name}: {exception.Message}; {Report}"], ExitCode.Failed),
    };

    /// <summary>What failed and what to do, in one sentence.</summary>
    public static string WithRemedy(RecorderException exception) =>
        exception.Remedy is { Length: > 0 } remedy ? $"{exception.Message.TrimEnd('.')}; {Continue(remedy)}" : exception.Message;

    /// <summary>A sentence of its own, as the rest of another one; a word in capitals stays one.</summary>
    private static string Continue(string sentence) => sentence is [var first, var second, ..] && !char.IsUpper(second)
        ? char.ToLowerInvariant(first) + sentence[1..].TrimEnd('.')
        : sentence.TrimEnd('.');
}
