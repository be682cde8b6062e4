namespace SessionRecorder.Host.Deployment.Hooks;

/// <summary>One way in which the system calls this program. Planning changes nothing.</summary>
internal interface IHook
{
    /// <summary>Plans what is missing.</summary>
    /// <param name="plan">What is planned up to now.</param>
    /// <param name="versionFolder">The folder of the version that will be in use, as the machine sees it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task.</returns>
    Task PlanAsync(InstallPlan plan, string versionFolder, CancellationToken cancellationToken);

    /// <summary>Plans the removal of what is there and ours.</summary>
    Task PlanRemovalAsync(InstallPlan plan, CancellationToken cancellationToken);
}
