using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Deployment.Hooks;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Deployment;

/// <summary>Plans what removes the program from a machine: hooks first, whatever they are. Changes nothing by itself.</summary>
/// <param name="request">What to remove, and where.</param>
/// <param name="trust">Refuses what others can change.</param>
/// <param name="tools">The system's.</param>
/// <param name="held">What keeps other installs away; let go of when the folder goes in which it lies.</param>
internal sealed class UninstallPlanner(InstallRequest request, TrustPolicy trust, ISystemTools tools, InstallLock? held = null)
{
    /// <summary>What the program makes in its data directory.</summary>
    private static readonly string[] OwnFolders = ["sessions", "used-ids", "from-storage", "run", "logs", "service"];

    /// <summary>How long what a process that was just ended had open may stand in the way.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    private readonly MachineLayout _layout = request.Layout;
    private readonly InstalledProgram _installed = new(request.Layout);

    /// <summary>Plans the removal.</summary>
    /// <param name="purge">Whether data directory and configuration go too.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InstallException">Hooks cannot be removed.</exception>
    /// <exception cref="UndeliveredException">There are recordings to be lost.</exception>
    public async Task<InstallPlan> PlanAsync(bool purge, CancellationToken cancellationToken)
    {
        var plan = new InstallPlan();
        var data = FindDataFolder(plan);
        var waiting = FindSessions(data);
        if (purge && waiting.Count > 0)
        {
            throw new UndeliveredException(waiting.Count, data);
        }

        var hooks = AllHooks.Of(request, trust, tools);
        foreach (var hook in new[] { hooks.SessionScripts, hooks.PoolScripts, hooks.Tasks, hooks.Service }.OfType<IHook>())
        {
            await hook.PlanRemovalAsync(plan, cancellationToken);
        }

        if (purge)
        {
            PlanPurge(plan, data);
        }
        else if (waiting.Count > 0)
        {
            plan.Note($"{Sessions(waiting.Count)} not delivered and left in {data}: {string.Join(", ", waiting.Take(5))}"
                + (waiting.Count > 5 ? " …" : "") + "; install again and run `session-recorder recover` to deliver them");
        }

        // Last: it may be what runs this.
        PlanProgram(plan);
        return plan;
    }

    private static string Sessions(int count) => count == 1 ? "1 recording is" : $"{count} recordings are";

    /// <summary>The data directory that the configuration names.</summary>
    private string FindDataFolder(InstallPlan plan)
    {
        var file = _layout.Place(_layout.ConfigurationFile);
        if (!File.Exists(file))
        {
            return _layout.Place(_layout.DataFolder);
        }

        try
        {
            var entry = JsonConfigurationFile.Read(file).Entries.FirstOrDefault(
                found => found.Key.Equals(nameof(RecorderOptions.DataDirectory), StringComparison.OrdinalIgnoreCase));
            return _layout.Place(entry?.Value ?? _layout.DataFolder);
        }
        catch (ConfigurationException e)
        {
            plan.Note($"the configuration cannot be read, so recordings were looked for in {_layout.DataFolder}: {e.Message}");
            return _layout.Place(_layout.DataFolder);
        }
    }

    /// <summary>The sessions that wait in the spool: what is in a session's folder is there because it is not delivered.</summary>
    private static IReadOnlyList<string> FindSessions(string data)
    {
        var sessions = Path.Combine(data, "sessions");
        return Directory.Exists(sessions) ? SpoolFolder.IdsIn(sessions) : [];
    }

    private void PlanProgram(InstallPlan plan)
    {
        var program = _layout.Place(_layout.ProgramFolder);
        if (!Directory.Exists(program))
        {
            return;
        }

        // A program that runs loads parts of itself later on.
        var used = _installed.Folders.Where(folder => _installed.IsInUse(folder, exceptThis: true, plan.Ended)).ToArray();
        foreach (var folder in _installed.Folders.Except(used))
        {
            PlanFolder(plan, folder);
        }

        if (used.Length > 0)
        {
            plan.Leave($"something still runs from {string.Join(", ", used)}: a recording, or on Windows this command itself; "
                + "end recordings with `session-recorder stop --all`, and run uninstall again, on Windows from the unpacked archive");
            return;
        }

        PlanFolder(plan, program, () => held?.Dispose());
    }

    /// <summary>A process that has just been ended may have files open for a moment longer, which keeps Windows from deleting them.</summary>
    private static void PlanFolder(InstallPlan plan, string folder, Action? before = null) => plan.Add(new InstallStep($"delete {folder}", async cancellationToken =>
    {
        before?.Invoke();
        for (var waited = TimeSpan.Zero; ; waited += Poll)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException && plan.Ended.Count > 0 && waited < Patience)
            {
                await Task.Delay(Poll, cancellationToken);
            }
        }
    }));

    private void PlanPurge(InstallPlan plan, string data)
    {
        var folders = OwnFolders.Select(name => Path.Combine(data, name)).Where(Directory.Exists).ToArray();
        foreach (var folder in folders)
        {
            PlanFolder(plan, folder);
        }

        foreach (var file in new[] { _layout.ConfigurationFile, _layout.SchemaFile }.Select(_layout.Place).Where(File.Exists))
        {
            plan.Add($"delete {file}", () => File.Delete(file));
        }

        // What others have put there stays, and so does the folder then.
        string[] own = [data, _layout.Place(_layout.DataFolder), _layout.Place(_layout.ConfigurationFolder)];
        foreach (var folder in own.Distinct().Where(Directory.Exists))
        {
            plan.Add($"delete {folder}, if nothing else is in it", () => DeleteIfEmpty(folder));
        }
    }

    private static void DeleteIfEmpty(string folder)
    {
        if (!Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
        }
    }
}

/// <summary>Recordings that are not delivered would be lost.</summary>
internal sealed class UndeliveredException(int count, string folder) : RecorderException(
    $"{(count == 1 ? "1 recording is" : $"{count} recordings are")} not delivered, in {folder}: nothing was removed",
    FailureScope.Host,
    isTransient: false,
    "deliver them with `session-recorder recover`, or uninstall without --purge, which leaves them");
