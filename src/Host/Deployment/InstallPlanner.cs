using System.Collections;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Deployment.Hooks;
using SessionRecorder.Host.Plugins;
using SessionRecorder.Host.Trust;
using SessionRecorder.Host.Wording;

namespace SessionRecorder.Host.Deployment;

/// <summary>Compares a machine with what is to be installed, and plans the difference. Changes nothing by itself.</summary>
internal sealed class InstallPlanner(InstallRequest request, TrustPolicy trust, ISystemTools tools)
{
    private readonly MachineLayout _layout = request.Layout;
    private readonly InstalledProgram _installed = new(request.Layout);

    /// <summary>Plans an installation or an upgrade; nothing where all is there.</summary>
    /// <exception cref="InstallException">It is not possible; nothing has been changed.</exception>
    /// <exception cref="ConfigurationException">The configuration that is to be installed is wrong.</exception>
    /// <exception cref="TrustException">Others can write where something comes from or goes to.</exception>
    public async Task<InstallPlan> PlanAsync(CancellationToken cancellationToken)
    {
        if (request.Pools && !_layout.IsWindows)
        {
            throw new InstallException("WorkSpaces Pools run Windows alone, and this is Linux", "leave --pools out");
        }

        RequireTrust();
        var plan = new InstallPlan();
        var version = ProgramVersion.Collect(request, _installed.CurrentFolder);
        PlanProgram(plan, version);
        var elevation = PlanConfiguration(plan, version);
        await PlanHooksAsync(plan, elevation, _layout.Join(_layout.Versions, version.FolderName), cancellationToken);
        PlanCleaning(plan, version);
        return plan;
    }

    /// <summary>Plans what the hooks of an installation that is there lack; null where nothing is installed.</summary>
    /// <param name="elevation">The elevation plugin that is configured.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InstallException">The hooks cannot be what they should be; the message says why.</exception>
    public async Task<InstallPlan?> PlanHooksAsync(string elevation, CancellationToken cancellationToken)
    {
        if (_installed is not { Current: { } current, CurrentFolder: not null })
        {
            return null;
        }

        var plan = new InstallPlan();
        await PlanHooksAsync(plan, elevation, _layout.Join(_layout.Versions, current), cancellationToken);
        return plan;
    }

    private async Task PlanHooksAsync(InstallPlan plan, string? elevation, string folder, CancellationToken cancellationToken)
    {
        foreach (var (hook, isWanted) in Hooks(elevation))
        {
            await (isWanted ? hook.PlanAsync(plan, folder, cancellationToken) : hook.PlanRemovalAsync(plan, cancellationToken));
        }
    }

    private IEnumerable<(IHook Hook, bool IsWanted)> Hooks(string? elevation)
    {
        var service = request.ServiceWatches || IsLaunching(elevation ?? PluginSelection.Auto);
        var hooks = AllHooks.Of(request, trust, tools);
        yield return (hooks.SessionScripts, request.HasSessionScripts && !request.Pools);
        if (hooks.PoolScripts is { } pools)
        {
            yield return (pools, request.HasSessionScripts && request.Pools);
        }

        if (hooks.Tasks is { } tasks)
        {
            yield return (tasks, !request.HasSessionScripts && !request.ServiceWatches);
        }

        yield return (hooks.Service, service);
    }

    /// <summary>Whether the service launches agents: on Windows unless somebody chose otherwise, for there it alone can restart them.</summary>
    private bool IsLaunching(string elevation) =>
        elevation == AutomaticLauncher.Service || (elevation == PluginSelection.Auto && _layout.IsWindows);

    private void RequireTrust()
    {
        foreach (var (what, path) in ((string, string?)[])
            [
                ("the program's folder", _layout.Place(_layout.ProgramFolder)),
                ("the data directory", _layout.Place(_layout.DataFolder)),
                ("the configuration's folder", _layout.Place(_layout.ConfigurationFolder)),
                ("--ffmpeg", request.Ffmpeg),
                ("--psexec", request.PsExec),
                ("--config", request.Configuration),
            ])
        {
            if (path is not null)
            {
                trust.Require(what, path);
            }
        }

        trust.RequireTree("the installed program", _layout.Place(_layout.ProgramFolder));
    }

    private void PlanProgram(InstallPlan plan, ProgramVersion version)
    {
        PlanFolder(plan, _layout.ProgramFolder, FileAccessLevel.Everybody);
        PlanFolder(plan, _layout.Versions, FileAccessLevel.Everybody);
        var folder = _layout.Place(_layout.Join(_layout.Versions, version.FolderName));
        if (!version.IsIn(folder))
        {
            if (Directory.Exists(folder))
            {
                RefuseInUse(folder);
                plan.Add($"delete {folder}, which is damaged", () => Directory.Delete(folder, recursive: true));
            }

            plan.Add(
                $"copy the program, {Amount.Count(version.Count, "file")}, {Amount.Size(version.Length)}, from {request.Source} to {folder}",
                () => Copy(version, folder));
        }

        if (_installed.Current != version.FolderName)
        {
            plan.Add($"have {_layout.Place(_layout.Pointer)} lead to {version.FolderName}", () => _installed.PointTo(version.FolderName));
        }

        if (!version.HasFfmpeg && !_layout.IsWindows && !File.Exists(_layout.Place("/usr/bin/ffmpeg")))
        {
            plan.Note("there is no ffmpeg beside the program nor in /usr/bin: install it, or give --ffmpeg");
        }
        else if (!version.HasFfmpeg && _layout.IsWindows)
        {
            plan.Note(@"there is no ffmpeg beside the program: give --ffmpeg, or have it in C:\Program Files\ffmpeg\bin");
        }
    }

    private void RefuseInUse(string folder)
    {
        if (_installed.IsInUse(folder))
        {
            throw new InstallException(
                $"{folder} is damaged, and a recording or the service runs from it", "stop them, and run install again");
        }
    }

    private static void Copy(ProgramVersion version, string folder)
    {
        var unfinished = Path.Combine(Path.GetDirectoryName(folder)!, InstalledProgram.UnfinishedPrefix + version.FolderName);
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }

        version.CopyTo(unfinished);
        Directory.Move(unfinished, folder);
    }

    /// <returns>The elevation plugin that the configuration names.</returns>
    private string? PlanConfiguration(InstallPlan plan, ProgramVersion version)
    {
        PlanFolder(plan, _layout.DataFolder, FileAccessLevel.Administrators);
        if (_layout.ConfigurationFolder != _layout.DataFolder)
        {
            PlanFolder(plan, _layout.ConfigurationFolder, FileAccessLevel.Everybody);
        }

        var schema = _layout.Place(_layout.SchemaFile);
        PlacedFiles.RequireNoFolder(schema);
        if (version.Read(MachineLayout.SchemaName) is { } wanted && !PlacedFiles.Has(schema, wanted))
        {
            plan.Add($"write {schema}", () => PlacedFiles.Write(schema, wanted, FileAccessLevel.Everybody));
        }

        var file = _layout.Place(_layout.ConfigurationFile);
        PlacedFiles.RequireNoFolder(file);
        if (File.Exists(file))
        {
            if (request.Configuration is { } given && !PlacedFiles.Has(file, PlacedFiles.Read(given)))
            {
                plan.Note($"{file} is there and stays as it is; {request.ConfigurationName ?? given} was not used");
            }

            return ReadConfiguration(plan, file);
        }

        if (request.Configuration is { } source)
        {
            ConfigurationLoader.Load(source, new Dictionary<string, string?>(), trust, new Hashtable());
            var content = PlacedFiles.Read(source);
            plan.Add($"copy the configuration {request.ConfigurationName ?? source} to {file}, for administrators alone", () => WriteConfiguration(file, content));
            return ReadConfiguration(plan, source);
        }

        plan.Add(
            $"write {file}, a template, for administrators alone",
            () => WriteConfiguration(file, ConfigurationTemplate.For(request)));
        plan.Note($"complete {file}: it says where recordings go; then run `{_layout.Pointer} doctor`");
        return ConfigurationTemplate.ElevationOf(request);
    }

    private static void WriteConfiguration(string file, byte[] content) =>
        PlacedFiles.Write(file, content, FileAccessLevel.Administrators);

    /// <returns>The elevation plugin that a configuration names.</returns>
    private string? ReadConfiguration(InstallPlan plan, string file)
    {
        var entries = JsonConfigurationFile.Read(file).Entries;
        if (request.ServiceWatches && "false".Equals(Find("Service:Watch"), StringComparison.OrdinalIgnoreCase))
        {
            plan.Note($"{file} sets Service:Watch to false, so that the service records only who asks for it");
        }

        var elevation = Find("Elevation:Plugin");
        if (_layout.IsWindows && elevation == AutomaticLauncher.Direct)
        {
            plan.Note($"{file} sets Elevation:Plugin to direct: what hooks start on Windows then does not see the user's session, and records none");
        }

        return elevation;

        string? Find(string key) => entries.FirstOrDefault(entry => entry.Key.Equals(key, StringComparison.OrdinalIgnoreCase))?.Value;
    }

    private void PlanFolder(InstallPlan plan, string path, FileAccessLevel access)
    {
        var folder = _layout.Place(path);
        if (!PlacedFiles.IsFolderRight(folder, access))
        {
            var rights = access == FileAccessLevel.Everybody ? "everybody may read it" : "administrators alone may look into it";
            plan.Add($"make {folder}, where {rights}", () => PlacedFiles.MakeFolder(folder, access));
        }
    }

    /// <summary>Earlier versions go when nothing runs from them any more.</summary>
    private void PlanCleaning(InstallPlan plan, ProgramVersion version)
    {
        foreach (var folder in _installed.Folders.Where(folder => Path.GetFileName(folder) is var name
            && name != version.FolderName
            && name != InstalledProgram.UnfinishedPrefix + version.FolderName))
        {
            if (_installed.IsInUse(folder))
            {
                plan.Note($"something still runs from {folder}: the next install removes it");
            }
            else
            {
                plan.Add($"delete {folder}, an earlier version", () => Directory.Delete(folder, recursive: true));
            }
        }
    }
}
