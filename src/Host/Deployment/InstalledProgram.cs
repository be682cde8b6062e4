using SessionRecorder.Host.Deployment.Hooks;

namespace SessionRecorder.Host.Deployment;

/// <summary>What is installed on a machine: the versions, and which of them is in use.</summary>
internal sealed class InstalledProgram(MachineLayout layout)
{
    /// <summary>What a version's folder is called until it is whole.</summary>
    public const string UnfinishedPrefix = ".new-";

    private string Pointer => layout.Place(layout.Pointer);

    private string Versions => layout.Place(layout.Versions);

    /// <summary>The name of the folder that hooks lead to; null for none.</summary>
    public string? Current => layout.IsWindows
        ? File.Exists(Pointer) ? PointerScript.Read(File.ReadAllText(Pointer)) : null
        : new FileInfo(Pointer).LinkTarget?.Split('/') is [.., "versions", var name, _] ? name : null;

    /// <summary>Where the folder in use is placed; null when it is not there.</summary>
    public string? CurrentFolder => Current is { } name && Path.Combine(Versions, name) is var folder && Directory.Exists(folder) ? folder : null;

    /// <summary>What is wrong with an installation that is there; null where nothing is, be it that nothing is installed.</summary>
    public string? Damage => Folders.Count == 0 ? null
        : Current is null ? $"{Pointer}, which hooks call, is not there or leads nowhere"
        : CurrentFolder is not { } folder || !File.Exists(Path.Combine(folder, layout.ProgramName)) ? $"{Pointer} leads to {Current}, where no program is"
        : null;

    /// <summary>The folders of all versions, unfinished ones too.</summary>
    public IReadOnlyList<string> Folders =>
        Directory.Exists(Versions) ? [.. Directory.EnumerateDirectories(Versions).Order(StringComparer.Ordinal)] : [];

    /// <summary>Has hooks lead to a version, from one moment to the next.</summary>
    public void PointTo(string name)
    {
        if (layout.IsWindows)
        {
            PlacedFiles.Write(Pointer, PointerScript.To(name, layout.ProgramName), FileAccessLevel.Everybody);
            return;
        }

        var temporary = Pointer + ".session-recorder-new";
        File.Delete(temporary);

        // Relative, so that it is right in the folder of an image too.
        File.CreateSymbolicLink(temporary, $"versions/{name}/{layout.ProgramName}");
        File.Move(temporary, Pointer, overwrite: true);
    }

    /// <summary>Whether a process runs from a version's folder: recordings do, as long as they last.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="exceptThis">Whether this process does not count. On Windows it always does: what runs cannot be deleted.</param>
    /// <param name="ended">Processes that do not count, for they are ended before it matters.</param>
    public bool IsInUse(string folder, bool exceptThis = false, IReadOnlySet<int>? ended = null)
    {
        var program = Path.Combine(folder, layout.ProgramName);
        if (!File.Exists(program) || (OperatingSystem.IsWindows() && !IsOpen(program)))
        {
            return false;
        }

        var isSpared = exceptThis && !OperatingSystem.IsWindows();
        var users = ProgramUsers.Find(program).Where(id => !(isSpared && id == Environment.ProcessId)).ToArray();

        // On Windows something has it open, seen or not.
        return users.Length == 0 ? OperatingSystem.IsWindows() : users.Any(id => ended?.Contains(id) != true);
    }

    /// <summary>Windows shares no program that runs with who wants to write it.</summary>
    private static bool IsOpen(string program)
    {
        try
        {
            using var file = new FileStream(program, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
