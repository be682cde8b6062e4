using SessionRecorder.Plugins.Interop;

namespace SessionRecorder.Plugins;

/// <summary>Folders and names that are on the disk when a call returns. On Windows the file system sees to that.</summary>
internal static class DurableFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Creates a folder, and those above it that are missing, for the owner alone (Windows: as inherited).</summary>
    /// <returns>The folders that did not exist, the uppermost first.</returns>
    public static IReadOnlyList<string> Create(string path)
    {
        var missing = new Stack<string>();
        for (var folder = path; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(folder))
            {
                throw new IOException($"'{folder}' is a file where a folder is needed", StorageFailures.NotDirectory);
            }

            missing.Push(folder);
        }

        var created = missing.ToArray();
        foreach (var folder in created)
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, OwnerOnly);
            }

            Flush(Path.GetDirectoryName(folder)!);
        }

        return created;
    }

    /// <summary>Makes the names in a folder durable.</summary>
    public static void Flush(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            Posix.FlushFolder(path);
        }
    }

    /// <summary>Gives a file its final name, atomically, replacing what has it.</summary>
    public static void Replace(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        Flush(Path.GetDirectoryName(to)!);
    }

    /// <summary>Gives a file its final name, atomically, unless something has that name.</summary>
    /// <remarks>File.Move looks first and renames then, outside Windows; between the two another process may come.</remarks>
    /// <returns>True when it has the name now; false when something else has it, and the file is as it was.</returns>
    public static bool TryAdd(string from, string to)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                File.Move(from, to, overwrite: false);
            }
            else if (!Posix.TryRename(from, to))
            {
                LinkAndUnlink(from, to);
            }
        }
        catch (IOException e) when (e.HResult == Posix.Exists || IsWindowsExists(e))
        {
            return false;
        }

        Flush(Path.GetDirectoryName(to)!);
        return true;
    }

    /// <summary>The way of file systems that cannot rename without replacing (NFS).</summary>
    internal static void LinkAndUnlink(string from, string to)
    {
        Posix.Link(from, to);
        File.Delete(from);
    }

    private static bool IsWindowsExists(IOException e) => (e.HResult & 0xFFFF) is 80 or 183 && e.HResult < 0;
}
