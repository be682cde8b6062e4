using SessionRecorder.TestTools.Processes;

namespace SessionRecorder.TestTools.Files;

/// <summary>A file system of a few megabytes, in memory. Disposing unmounts it. Needs root.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    private SmallDisk()
    {
    }

    public string FullName => _folder.FullName;

    private string Filler => Path.Combine(FullName, "filler");

    /// <summary>Mounts one.</summary>
    /// <exception cref="IOException">It cannot be mounted: not root, or a container without the right to.</exception>
    public static async Task<SmallDisk> MountAsync(int megabytes)
    {
        var disk = new SmallDisk();
        try
        {
            await Tool.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={megabytes}m,mode=0700", "tmpfs", disk.FullName]);
            return disk;
        }
        catch (IOException)
        {
            disk._folder.Dispose();
            throw;
        }
    }

    /// <summary>Lets nobody write to it any more, root included.</summary>
    public Task MakeReadOnlyAsync() => Tool.RunAsync("mount", ["-o", "remount,ro", FullName]);

    /// <summary>Takes all the space that is left.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var block = new byte[64 * 1024];
        for (var size = block.Length; size >= 1024; size /= 4)
        {
            while (TryWrite(file, block.AsSpan(0, size)))
            {
            }
        }
    }

    /// <summary>Gives the space back.</summary>
    public void Free() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        // Lazily: a process that is just ending may still hold a file.
        await Tool.RunAsync("umount", ["-l", FullName]);
        _folder.Dispose();
    }

    private static bool TryWrite(FileStream file, ReadOnlySpan<byte> block)
    {
        try
        {
            file.Write(block);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
