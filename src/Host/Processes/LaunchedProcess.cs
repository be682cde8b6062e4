using System.Diagnostics;

namespace SessionRecorder.Host.Processes;

/// <summary>A process that goes on by itself; only its end and its last words are of interest.</summary>
internal sealed class LaunchedProcess(Process process, StreamReader errorOutput) : ILaunchedProcess
{
    private const int ErrorLength = 4 * 1024;

    private readonly Task<string> _errors = ReadErrorsAsync(errorOutput);

    public int Id { get; } = process.Id;

    public async Task<(int? ExitCode, string ErrorOutput)> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await _errors);
    }

    public void Dispose() => process.Dispose();

    private static async Task<string> ReadErrorsAsync(StreamReader reader)
    {
        var errors = "";
        await PipeLines.ReadToEndAsync(reader, line =>
        {
            errors = $"{errors}{line}\n";
            errors = errors.Length > ErrorLength ? errors[^ErrorLength..] : errors;
        });
        return errors;
    }
}
