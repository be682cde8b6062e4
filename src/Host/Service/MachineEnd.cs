namespace SessionRecorder.Host.Service;

/// <summary>Whether the machine is going down, or the service alone: then the agents go on.</summary>
internal interface IMachineEnd
{
    /// <summary>Asks; false where it cannot be told.</summary>
    Task<bool> IsNearAsync();
}

/// <summary>Asks systemd, which says <c>stopping</c> from when a shutdown has begun.</summary>
internal sealed class SystemdMachineEnd(IProcessSupervisor processes) : IMachineEnd
{
    private const string Tool = "/usr/bin/systemctl";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<bool> IsNearAsync()
    {
        if (!Directory.Exists("/run/systemd/system") || !File.Exists(Tool))
        {
            return false;
        }

        using var limited = new CancellationTokenSource(Patience);
        try
        {
            await using var child = processes.Start(new ProcessStart { FileName = Tool, Arguments = ["is-system-running"] });
            await foreach (var line in child.ReadLinesAsync(limited.Token))
            {
                return line.Trim() == "stopping";
            }

            return false;
        }
        catch (Exception e) when (e is ChildProcessException or OperationCanceledException)
        {
            // Not to be known: then systemd ends the agents itself, and they close their accounts on its signal.
            return false;
        }
    }
}
