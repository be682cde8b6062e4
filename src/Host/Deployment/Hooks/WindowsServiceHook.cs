namespace SessionRecorder.Host.Deployment.Hooks;

/// <summary>The service on Windows, registered with the system's sc.exe.</summary>
/// <remarks>A service is a program and not a batch file, so it is told of each version anew.</remarks>
/// <param name="layout">The machine.</param>
/// <param name="tools">sc.exe, and what is registered.</param>
/// <param name="watches">Whether it is what starts recordings.</param>
/// <param name="longestEnd">How long the service may take to stop; 35 s by default, above what it gives itself.</param>
internal sealed class WindowsServiceHook(MachineLayout layout, ISystemTools tools, bool watches, TimeSpan? longestEnd = null) : IHook
{
    public const string Name = "SessionRecorder";

    /// <summary>The option of the command <c>service</c> that has it record every session.</summary>
    public const string WatchOption = "--watch";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private static readonly string Sc = Path.Combine(Environment.SystemDirectory, "sc.exe");

    private readonly TimeSpan _longestEnd = longestEnd ?? TimeSpan.FromSeconds(35);

    public Task PlanAsync(InstallPlan plan, string versionFolder, CancellationToken cancellationToken)
    {
        var command = $"\"{layout.Join(versionFolder, layout.ProgramName)}\" service{(watches ? $" {WatchOption}" : "")}";
        if (!layout.IsLive)
        {
            plan.Note($"register the service on the machine itself: run install there, from the installed program");
            return Task.CompletedTask;
        }

        var found = tools.FindService(Name);
        if (found is null)
        {
            plan.Add(Run(
                $"register the service {Name}: {command}",
                "create", Name, "binPath=", command, "start=", "auto", "DisplayName=", "Session Recorder"));
            plan.Add(Run(
                $"have the service {Name} started again when it ends unasked",
                "failure", Name, "reset=", "86400", "actions=", "restart/2000/restart/5000/restart/30000"));

            // Else only a crash counts as an end, and not one with an error of its own. No reason to give up where it is not known.
            plan.Add(new InstallStep(
                $"have an end of {Name} with an error count as one",
                stop => tools.RunAsync(Sc, ["failureflag", Name, "1"], stop)));
        }
        else if (!found.Command.Equals(command, StringComparison.OrdinalIgnoreCase))
        {
            plan.Add(Run($"have the service {Name} run {command}", "config", Name, "binPath=", command));
            plan.Note($"the running service stays as it is until it is restarted: Restart-Service {Name}");
        }

        // Asked for by itself: it may be there and not run, where an install broke off.
        if (found is not { Runs: true })
        {
            plan.Add(Run($"start the service {Name}", "start", Name));
        }

        return Task.CompletedTask;
    }

    public Task PlanRemovalAsync(InstallPlan plan, CancellationToken cancellationToken)
    {
        if (layout.IsLive && tools.FindService(Name) is { } found)
        {
            plan.End(found.ProcessId);
            plan.Add(new InstallStep($"stop the service {Name}", StopAsync));
            plan.Add(Run($"remove the service {Name}", "delete", Name));
        }

        return Task.CompletedTask;
    }

    /// <summary>Waits for its end too: what it has open cannot be deleted.</summary>
    /// <exception cref="IOException">It goes on.</exception>
    private async Task StopAsync(CancellationToken cancellationToken)
    {
        // One that does not run cannot be stopped, which is as good.
        await tools.RunAsync(Sc, ["stop", Name], cancellationToken);
        for (var waited = TimeSpan.Zero; tools.FindService(Name) is { Runs: true }; waited += Poll)
        {
            if (waited >= _longestEnd)
            {
                throw new IOException($"it still runs {_longestEnd.TotalSeconds:0} s after it was told to stop");
            }

            await Task.Delay(Poll, cancellationToken);
        }
    }

    private InstallStep Run(string description, params string[] arguments) =>
        new(description, stop => SystemTools.RequireAsync(tools, Sc, arguments, stop));
}
