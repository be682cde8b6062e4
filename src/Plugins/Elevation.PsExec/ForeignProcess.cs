using System.Diagnostics;

namespace SessionRecorder.Plugins;

/// <summary>
/// A process that PsExec's service started: no child of ours, so neither its exit code nor its standard error is to be had.
/// </summary>
/// <param name="id">Its id.</param>
/// <param name="process">The process; null where it has ended already, or may not be opened.</param>
internal sealed class ForeignProcess(int id, Process? process) : ILaunchedProcess
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    public int Id => id;

    public async Task<(int? ExitCode, string ErrorOutput)> WaitForExitAsync(CancellationToken cancellationToken)
    {
        if (process is not null)
        {
            await process.WaitForExitAsync(cancellationToken);
        }

        // An administrator who is not SYSTEM may see SYSTEM's processes and not open them.
        while (process is null && IsRunning())
        {
            await Task.Delay(Poll, cancellationToken);
        }

        return (null, "");
    }

    public void Dispose() => process?.Dispose();

    private bool IsRunning()
    {
        try
        {
            using var found = Process.GetProcessById(id);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
