namespace SessionRecorder.Host.Deployment.Hooks;

/// <summary>Tasks of Windows' Task Scheduler, registered from files that stay beside the program.</summary>
internal sealed class ScheduledTasksHook(MachineLayout layout, ISystemTools tools, string platform) : IHook
{
    private static readonly string Schtasks = Path.Combine(Environment.SystemDirectory, "schtasks.exe");

    public async Task PlanAsync(InstallPlan plan, string versionFolder, CancellationToken cancellationToken)
    {
        var folder = layout.Place(layout.Tasks);
        if (!Directory.Exists(folder))
        {
            plan.Add($"make {folder}", () => PlacedFiles.MakeFolder(folder, FileAccessLevel.Everybody));
        }

        foreach (var task in ScheduledTask.ForPlatform(platform))
        {
            var (file, xml) = (FileOf(task), task.ToXml(layout.Pointer));
            var isSame = PlacedFiles.Has(file, xml);
            if (!isSame)
            {
                plan.Add($"write {file}", () => PlacedFiles.Write(file, xml, FileAccessLevel.Everybody));
            }

            if (!layout.IsLive)
            {
                plan.Note($"register the task on the machine itself: schtasks /create /f /tn {task.Path} /xml \"{layout.Join(layout.Tasks, task.Name + ".xml")}\"");
            }
            else if (!isSame || !await IsRegisteredAsync(task, cancellationToken))
            {
                plan.Add(new InstallStep(
                    $"register the scheduled task {task.Path}: {task.Description}",
                    stop => SystemTools.RequireAsync(tools, Schtasks, ["/create", "/f", "/tn", task.Path, "/xml", file], stop)));
            }
        }
    }

    public async Task PlanRemovalAsync(InstallPlan plan, CancellationToken cancellationToken)
    {
        foreach (var task in ScheduledTask.ForPlatform(platform))
        {
            var file = FileOf(task);
            if (!File.Exists(file))
            {
                continue;
            }

            // The file goes last: while it is there, another run looks for the task again.
            if (layout.IsLive && await IsRegisteredAsync(task, cancellationToken))
            {
                plan.Add(new InstallStep(
                    $"remove the scheduled task {task.Path}",
                    stop => SystemTools.RequireAsync(tools, Schtasks, ["/delete", "/f", "/tn", task.Path], stop)));
            }

            plan.Add($"delete {file}", () => File.Delete(file));
        }
    }

    private string FileOf(ScheduledTask task) => layout.Place(layout.Join(layout.Tasks, task.Name + ".xml"));

    private async Task<bool> IsRegisteredAsync(ScheduledTask task, CancellationToken cancellationToken) =>
        (await tools.RunAsync(Schtasks, ["/query", "/tn", task.Path], cancellationToken)).ExitCode == 0;
}
