using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SessionRecorder.Plugins;

/// <summary>Stores objects as files below a folder. Thread-safe, also against other processes storing there.</summary>
/// <remarks>
/// An object is written under a temporary name, flushed to the disk and renamed. On a file system that does not tell
/// upper from lower case, two keys that differ in case alone are one.
/// </remarks>
internal sealed partial class LocalStorageSink(KeyPaths paths, TimeProvider time, ILogger<LocalStorageSink> logger)
    : IStorageSink, ITemporaryObjects
{
    /// <summary>When each folder was last searched for abandoned temporary files: a search costs as much as a folder holds.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> _swept = [];

    /// <summary>Folders that were stored into. They are there for good, or the disk is not the one that was stored to.</summary>
    private readonly ConcurrentDictionary<string, bool> _used = [];

    public async Task<StoredObject> PutAsync(StoragePut put, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(put);
        try
        {
            var path = paths.Resolve(put.Key);
            paths.ThrowIfRootIsFile();
            ThrowIfGone(put.Key, path);
            var stored = await KeepAsync(put, path, cancellationToken)
                ?? await StoreAsync(put, path, cancellationToken)
                ?? await KeepAsync(put, path, cancellationToken)
                ?? throw Vanished(put);
            if (!put.IsTemporary)
            {
                _used[Path.GetDirectoryName(path)!] = true;
            }

            return stored;
        }
        catch (Exception e) when (StorageFailures.IsMappable(e))
        {
            throw StorageFailures.Map(e, $"'{put.Key}' could not be stored in '{paths.Root}'", put.Key, paths.Root);
        }
    }

    public async Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            var path = paths.Resolve(key);
            paths.ThrowIfRootIsFile();
            return await ReadAsync(key, path, cancellationToken);
        }
        catch (Exception e) when (StorageFailures.IsMappable(e))
        {
            throw StorageFailures.Map(e, $"'{key}' in '{paths.Root}' could not be read", key, paths.Root);
        }
    }

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return new LocalListing(paths, prefix).ReadAsync(cancellationToken);
    }

    public Task<Stream> OpenReadAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var path = paths.Resolve(key);
            paths.ThrowIfRootIsFile();
            return Task.FromResult<Stream>(StoredFile.TryOpen(path) ?? throw new StorageException(
                $"there is no '{key}' in '{paths.Root}'", StorageFailure.NoSuchObject, isTransient: false, key));
        }
        catch (Exception e) when (StorageFailures.IsMappable(e))
        {
            throw StorageFailures.Map(e, $"'{key}' in '{paths.Root}' could not be opened", key, paths.Root);
        }
    }

    public Task DeleteTemporaryAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var path = paths.Resolve(key);
            paths.ThrowIfRootIsFile();
            File.Delete(path);
            RemoveIfEmpty(Path.GetDirectoryName(path)!);
            return Task.CompletedTask;
        }
        catch (DirectoryNotFoundException)
        {
            return Task.CompletedTask;
        }
        catch (Exception e) when (StorageFailures.IsMappable(e))
        {
            throw StorageFailures.Map(e, $"'{key}' in '{paths.Root}' could not be deleted", key, paths.Root);
        }
    }

    /// <summary>The folder of objects that are gone goes with them; a put that comes at the same moment makes it anew.</summary>
    private void RemoveIfEmpty(string folder)
    {
        if (folder == paths.Root || Directory.EnumerateFileSystemEntries(folder).Any())
        {
            return;
        }

        try
        {
            Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Something was stored in it meanwhile.
        }
    }

    /// <summary>
    /// A disk that was unmounted leaves an empty folder in its place. To fill that would scatter a recording over two
    /// disks, and let go of the local copy for it.
    /// </summary>
    private void ThrowIfGone(string key, string path)
    {
        for (var folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (_used.ContainsKey(folder) && !Directory.Exists(folder))
            {
                throw new StorageException(
                    $"the folder '{folder}', which was stored into before, is gone",
                    StorageFailure.Unreachable,
                    isTransient: true,
                    key,
                    "Mount the disk again, or put the folder back.");
            }
        }
    }

    /// <summary>Keeps what lies under the key already, if that is what is to be stored.</summary>
    /// <returns>What is stored; null when nothing is, or when it is to be replaced.</returns>
    /// <exception cref="StorageException"><see cref="StorageFailure.Conflict"/>: something else is stored.</exception>
    private static async Task<StoredObject?> KeepAsync(StoragePut put, string path, CancellationToken cancellationToken)
    {
        if (await IsStoredAsync(put, path, cancellationToken) is not { } isSame)
        {
            return null;
        }

        if (isSame)
        {
            // Whoever stored it may have died before its name was on the disk.
            DurableFolder.Flush(Path.GetDirectoryName(path)!);
            return Stored(put, path);
        }

        return put.Replace
            ? null
            : throw new StorageException(
                $"something else is stored under '{put.Key}' already",
                StorageFailure.Conflict,
                isTransient: false,
                put.Key,
                "Move the stored object away if it is not wanted.");
    }

    private static async Task<bool?> IsStoredAsync(StoragePut put, string path, CancellationToken cancellationToken)
    {
        await using var file = StoredFile.TryOpen(path);
        return file is null
            ? null
            : file.Length == put.Length && await StoredFile.HashAsync(file, cancellationToken) == put.Sha256;
    }

    private static async Task<StoredObject?> ReadAsync(string key, string path, CancellationToken cancellationToken)
    {
        await using var file = StoredFile.TryOpen(path);
        return file is null
            ? null
            : new StoredObject(
                key,
                file.Length,
                await StoredFile.HashAsync(file, cancellationToken),
                File.GetLastWriteTimeUtc(file.SafeFileHandle));
    }

    private static StoredObject Stored(StoragePut put, string path) =>
        new(put.Key, put.Length, put.Sha256, File.GetLastWriteTimeUtc(path));

    private static StorageException Vanished(StoragePut put) => new(
        $"'{put.Key}' was stored by another process and removed again meanwhile",
        StorageFailure.Other,
        isTransient: true,
        put.Key);

    /// <summary>Stores the bytes.</summary>
    /// <returns>What is stored; null when another process stored something under the key first.</returns>
    private async Task<StoredObject?> StoreAsync(StoragePut put, string path, CancellationToken cancellationToken)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"'{path}' is a folder", StorageFailures.IsDirectory);
        }

        var folder = Path.GetDirectoryName(path)!;
        DurableFolder.Create(folder);
        Sweep(folder);
        var temporary = TemporaryFiles.Create(folder);
        var hasFinalName = false;
        try
        {
            await using (temporary)
            {
                await ObjectWriter.WriteAsync(put, temporary, cancellationToken);
            }

            hasFinalName = Publish(put, temporary.Name, path);
            return hasFinalName ? Stored(put, path) : null;
        }
        finally
        {
            if (!hasFinalName)
            {
                Remove(temporary.Name);
            }
        }
    }

    private static bool Publish(StoragePut put, string temporary, string path)
    {
        if (!put.Replace)
        {
            return DurableFolder.TryAdd(temporary, path);
        }

        DurableFolder.Replace(temporary, path);
        return true;
    }

    private void Sweep(string folder)
    {
        var now = time.GetUtcNow();
        if (_swept.TryGetValue(folder, out var last) && now - last < TemporaryFiles.Abandoned)
        {
            return;
        }

        _swept[folder] = now;
        foreach (var file in TemporaryFiles.FindAbandoned(folder, now))
        {
            Remove(file);
        }
    }

    /// <summary>Removes a temporary file. When that fails, a later put does it; the failure that led here is the one to tell.</summary>
    private void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (StorageFailures.IsMappable(e))
        {
            LogLeft(temporary, e.Message);
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "The temporary file {Path} could not be removed yet: {Reason}")]
    private partial void LogLeft(string path, string reason);
}
