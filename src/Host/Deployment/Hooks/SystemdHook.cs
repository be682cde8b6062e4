using System.Globalization;

namespace SessionRecorder.Host.Deployment.Hooks;

/// <summary>The service on Linux: a systemd unit, enabled.</summary>
/// <param name="layout">The machine.</param>
/// <param name="tools">systemctl.</param>
/// <param name="watches">Whether the service is what starts recordings.</param>
internal sealed class SystemdHook(MachineLayout layout, ISystemTools tools, bool watches) : IHook
{
    /// <summary>Is there while systemd runs the system (sd_booted(3)).</summary>
    private const string Booted = "/run/systemd/system";

    private static readonly string[] Systemctls = ["/usr/bin/systemctl", "/bin/systemctl"];

    private string? Systemctl => layout.IsLive && Directory.Exists(layout.Place(Booted))
        ? Systemctls.Select(layout.Place).FirstOrDefault(File.Exists)
        : null;

    private string Unit => layout.Place(layout.Join(MachineLayout.SystemdFolder, SystemdUnit.Name));

    private string Link => layout.Place(layout.Join(MachineLayout.SystemdFolder, "multi-user.target.wants", SystemdUnit.Name));

    public async Task PlanAsync(InstallPlan plan, string versionFolder, CancellationToken cancellationToken)
    {
        var content = SystemdUnit.ForLayout(layout, watches);
        var isSame = PlacedFiles.Has(Unit, content);
        if (!isSame)
        {
            plan.Add($"write {Unit}", () =>
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Unit)!);
                PlacedFiles.Write(Unit, content, FileAccessLevel.Everybody);
            });
        }

        // What `systemctl enable` does; so it works in the folder of an image too.
        var target = layout.Join(MachineLayout.SystemdFolder, SystemdUnit.Name);
        if (new FileInfo(Link).LinkTarget != target)
        {
            plan.Add($"enable {SystemdUnit.Name}: link {Link} to {target}", () =>
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Link)!);
                File.Delete(Link);
                File.CreateSymbolicLink(Link, target);
            });
        }

        if (Systemctl is not { } systemctl)
        {
            plan.Note($"systemd does not run here: the service starts when the machine is started");
            return;
        }

        if (!isSame)
        {
            plan.Add(Run(systemctl, "daemon-reload"));
        }

        if (!await IsActiveAsync(systemctl, cancellationToken))
        {
            plan.Add(Run(systemctl, "start", SystemdUnit.Name));
        }
        else if (plan.Steps.Count > 0)
        {
            plan.Note($"the running service stays as it is until `systemctl restart {SystemdUnit.Name}`; recordings go on meanwhile");
        }
    }

    public async Task PlanRemovalAsync(InstallPlan plan, CancellationToken cancellationToken)
    {
        var isThere = File.Exists(Unit);
        if (isThere && Systemctl is { } systemctl && await IsActiveAsync(systemctl, cancellationToken))
        {
            plan.End(await FindProcessAsync(systemctl, cancellationToken));
            plan.Add(Run(systemctl, "stop", SystemdUnit.Name));
        }

        if (new FileInfo(Link).LinkTarget is not null)
        {
            plan.Add($"delete the link {Link}", () => File.Delete(Link));
        }

        if (isThere)
        {
            plan.Add($"delete {Unit}", () => File.Delete(Unit));
            if (Systemctl is { } reloading)
            {
                plan.Add(Run(reloading, "daemon-reload"));
            }
        }
    }

    /// <summary>The service's own process; its agents are others, which go on without it.</summary>
    private async Task<int?> FindProcessAsync(string systemctl, CancellationToken cancellationToken)
    {
        var (_, output) = await tools.RunAsync(systemctl, ["show", "--property=MainPID", "--value", SystemdUnit.Name], cancellationToken);
        return int.TryParse(output.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0 ? id : null;
    }

    private InstallStep Run(string systemctl, params string[] arguments) => new(
        $"run systemctl {string.Join(' ', arguments)}",
        stop => SystemTools.RequireAsync(tools, systemctl, arguments, stop));

    private async Task<bool> IsActiveAsync(string systemctl, CancellationToken cancellationToken) =>
        (await tools.RunAsync(systemctl, ["is-active", "--quiet", SystemdUnit.Name], cancellationToken)).ExitCode == 0;
}
