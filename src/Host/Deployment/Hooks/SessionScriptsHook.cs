using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Deployment.Hooks;

/// <summary>AppStream's session scripts, and those of WorkSpaces Pools.</summary>
/// <param name="layout">The machine's folders.</param>
/// <param name="scripts">The scripts' folder.</param>
/// <param name="isFolderOurs">Whether it is made where it is missing; else the machine is none that has session scripts.</param>
/// <param name="trust">What is refused.</param>
internal sealed class SessionScriptsHook(MachineLayout layout, string scripts, bool isFolderOurs, TrustPolicy trust) : IHook
{
    /// <summary>The file as it was before this program changed it for the first time.</summary>
    private const string BackupSuffix = ".before-session-recorder";

    private string Listed => layout.Place(layout.ScriptsFileIn(scripts));

    public Task PlanAsync(InstallPlan plan, string versionFolder, CancellationToken cancellationToken)
    {
        var folder = layout.Place(scripts);
        if (!isFolderOurs && layout.IsLive && !Directory.Exists(Path.GetDirectoryName(folder)))
        {
            throw new InstallException(
                $"this machine has no session scripts: there is no {Path.GetDirectoryName(folder)}",
                "run this on an image builder; for an image that is made in a folder, name that with --root");
        }

        trust.Require("the session scripts' folder", folder);
        MakeFolders(plan, folder);
        var entries = SessionScriptEntry.ForPointer(layout.Pointer);
        var (target, content) = Read();
        var (before, after) = (Parse(content), Parse(content));
        foreach (var script in entries)
        {
            after.Put(script);
        }

        if (!after.Says(before))
        {
            Warn(plan, after);
            plan.Add(
                $"write {target}: {string.Join(", ", entries.Select(script => $"{script.Event} runs `{script.FileName} {script.Arguments}`"))}"
                    + $" in the system context, waitingTime {SessionScriptEntry.LongestWait}",
                () => Write(target, content, after.ToBytes()));
        }

        return Task.CompletedTask;
    }

    /// <summary>The folder above is made with its rights too: on a system's drive others could else write it.</summary>
    private static void MakeFolders(InstallPlan plan, string folder)
    {
        foreach (var missing in new[] { Path.GetDirectoryName(folder)!, folder }.Where(path => !Directory.Exists(path)))
        {
            plan.Add($"make {missing}", () => PlacedFiles.MakeFolder(missing, FileAccessLevel.Everybody));
        }
    }

    public Task PlanRemovalAsync(InstallPlan plan, CancellationToken cancellationToken)
    {
        if (!File.Exists(Listed) && !Directory.Exists(Listed))
        {
            return Task.CompletedTask;
        }

        var (target, content) = Read();
        var (before, after) = (Parse(content), Parse(content));
        after.RemoveOwn();
        if (after.Says(before))
        {
            return Task.CompletedTask;
        }

        if (after.IsEmpty)
        {
            plan.Add($"delete {target}, which has no other scripts", () => File.Delete(target));
        }
        else
        {
            Warn(plan, after);
            plan.Add($"write {target} without the scripts of this program", () => Write(target, content, after.ToBytes()));
        }

        return Task.CompletedTask;
    }

    private static void Warn(InstallPlan plan, SessionScriptsFile file)
    {
        if (file.HasComments)
        {
            plan.Note($"the comments in config.json are not kept; they are in config.json{BackupSuffix}");
        }
    }

    private static void Write(string path, byte[]? old, byte[] content)
    {
        if (old is not null && !File.Exists(path + BackupSuffix))
        {
            PlacedFiles.Write(path + BackupSuffix, old, FileAccessLevel.Everybody);
        }

        PlacedFiles.Replace(path, content);
    }

    private SessionScriptsFile Parse(byte[]? content) => SessionScriptsFile.Read(Listed, content, isPascal: !layout.IsWindows);

    /// <summary>Reads the file, or what a link in its place leads to: that is then written.</summary>
    private (string Target, byte[]? Content) Read()
    {
        trust.Require("the session scripts' configuration", Listed);
        PlacedFiles.RequireNoFolder(Listed);
        if (!File.Exists(Listed))
        {
            return new FileInfo(Listed).LinkTarget is { } nowhere
                ? throw new InstallException($"{Listed} is a link to {nowhere}, where nothing is", "remove the link")
                : (Listed, null);
        }

        var target = File.ResolveLinkTarget(Listed, returnFinalTarget: true)?.FullName ?? Listed;
        if (File.GetAttributes(target).HasFlag(FileAttributes.ReadOnly) && OperatingSystem.IsWindows())
        {
            throw new InstallException($"{target} is read-only", "clear that attribute: `attrib -r` and the path");
        }

        return (target, PlacedFiles.Read(target));
    }
}
