using System.Diagnostics;

namespace SessionRecorder.Plugins;

/// <summary>
/// A process that PsExec's service started: no child of ours, so neither its exit code nor its standard error is to be had.
/// </summary>
/// <param name="id">Its id.</param>
/// <param name="process">The process; null where it has ended already.</param>
internal sealed class ForeignProcess(int id, Process? process) : ILaunchedProcess
{
    public int Id => id;

    public async Task<(int? ExitCode, string ErrorOutput)> WaitForExitAsync(CancellationToken cancellationToken)
    {
        if (process is not null)
        {
            await process.WaitForExitAsync(cancellationToken);
        }

        return (null, "");
    }

    public void Dispose() => process?.Dispose();
}
