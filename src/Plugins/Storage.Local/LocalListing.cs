using System.Runtime.CompilerServices;

namespace SessionRecorder.Plugins;

/// <summary>Lists the objects below a folder in the order of their keys, a folder at a time.</summary>
internal sealed class LocalListing(KeyPaths paths, string prefix)
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    public async IAsyncEnumerable<StoredObject> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        paths.ThrowIfRootIsFile();
        var pending = new Stack<Entry>();
        pending.Push(new Entry("", paths.Root, IsFolder: true));
        while (pending.TryPop(out var entry))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!entry.IsFolder)
            {
                if (Describe(entry) is { } stored)
                {
                    yield return stored;
                }

                continue;
            }

            foreach (var inner in await Task.Run(() => ReadFolder(entry), cancellationToken))
            {
                pending.Push(inner);
            }
        }
    }

    /// <summary>What a folder holds that may have the prefix, the last first.</summary>
    private List<Entry> ReadFolder(Entry folder)
    {
        try
        {
            return [.. new DirectoryInfo(folder.Path)
                .EnumerateFileSystemInfos("*", Everything)
                .Where(info => !IsLink(info))
                .Select(info => EntryOf(folder, info))
                .Where(MayHavePrefix)
                .OrderByDescending(entry => entry.Key, StringComparer.Ordinal)];
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing was stored yet, or the folder was removed meanwhile.
            return [];
        }
        catch (Exception e) when (StorageFailures.IsMappable(e))
        {
            throw StorageFailures.Map(e, $"the folder '{folder.Path}' could not be listed", null, paths.Root);
        }
    }

    private static bool IsLink(FileSystemInfo info) =>
        info.Attributes.HasFlag(FileAttributes.ReparsePoint) && info.LinkTarget is not null;

    /// <summary>A folder's key ends with a slash: so it sorts where the keys of what it holds do.</summary>
    private static Entry EntryOf(Entry folder, FileSystemInfo info) => info is DirectoryInfo
        ? new Entry($"{folder.Key}{info.Name}/", info.FullName, IsFolder: true)
        : new Entry(folder.Key + info.Name, info.FullName, IsFolder: false);

    /// <summary>Temporary files, and whatever else lies here and is no object, have no valid key.</summary>
    private bool MayHavePrefix(Entry entry) =>
        StorageKey.IsValid(entry.IsFolder ? entry.Key[..^1] : entry.Key)
        && (entry.Key.StartsWith(prefix, StringComparison.Ordinal)
            || (entry.IsFolder && prefix.StartsWith(entry.Key, StringComparison.Ordinal)));

    private StoredObject? Describe(Entry entry)
    {
        try
        {
            var file = new FileInfo(entry.Path);
            return new StoredObject(entry.Key, file.Length, null, file.LastWriteTimeUtc);
        }
        catch (FileNotFoundException)
        {
            // Removed since its folder was read.
            return null;
        }
        catch (Exception e) when (StorageFailures.IsMappable(e))
        {
            throw StorageFailures.Map(e, $"'{entry.Path}' could not be looked at", entry.Key, paths.Root);
        }
    }

    private sealed record Entry(string Key, string Path, bool IsFolder);
}
