using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Deployment.Hooks;

/// <summary>AppStream's session scripts, and those of WorkSpaces Pools.</summary>
internal sealed class SessionScriptsHook(MachineLayout layout, TrustPolicy trust) : IHook
{
    /// <summary>The file as it was before this program changed it for the first time.</summary>
    private const string BackupSuffix = ".before-session-recorder";

    private string Listed => layout.Place(layout.SessionScriptsFile);

    public Task PlanAsync(InstallPlan plan, string versionFolder, CancellationToken cancellationToken)
    {
        var folder = layout.Place(layout.SessionScripts);
        if (layout.IsLive && !Directory.Exists(Path.GetDirectoryName(folder)))
        {
            throw new InstallException(
                $"this machine has no session scripts: there is no {Path.GetDirectoryName(folder)}",
                "run this on an image builder; for an image that is made in a folder, name that with --root");
        }

        trust.Require("the session scripts' folder", folder);
        if (!Directory.Exists(folder))
        {
            plan.Add($"make {folder}", () => PlacedFiles.MakeFolder(folder, FileAccessLevel.Everybody));
        }

        var scripts = SessionScriptEntry.ForPointer(layout.Pointer);
        var (target, content) = Read();
        var (before, after) = (Parse(content), Parse(content));
        foreach (var script in scripts)
        {
            after.Put(script);
        }

        if (!after.Says(before))
        {
            Warn(plan, after);
            plan.Add(
                $"write {target}: {string.Join(", ", scripts.Select(script => $"{script.Event} runs `{script.FileName} {script.Arguments}`"))}"
                    + $" in the system context, waitingTime {SessionScriptEntry.LongestWait}",
                () => Write(target, content, after.ToBytes()));
        }

        return Task.CompletedTask;
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
