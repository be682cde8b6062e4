using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Recording;

/// <summary>Watches the disk under the spool, and makes what grows on it durable.</summary>
internal sealed class SpoolDisk(SpoolSession spool, long minimumFreeSpace)
{
    private string? _lastFile;
    private long _lastLength;

    /// <summary>Whether there is too little space to go on recording.</summary>
    public bool IsFull => FreeSpace() < minimumFreeSpace;

    /// <summary>
    /// Whether there is space again to begin a capture: a quarter more than the minimum, so that recording does not
    /// flutter around it.
    /// </summary>
    public bool HasRoom => FreeSpace() - minimumFreeSpace >= minimumFreeSpace / 4;

    /// <summary>Free space in bytes; where the system does not tell, as if there were plenty: a full disk then tells itself.</summary>
    public long FreeSpace()
    {
        try
        {
            return new DriveInfo(spool.Directory).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return long.MaxValue;
        }
    }

    /// <summary>Flushes the newest unfinished file: without it a power cut loses what the system has not yet written.</summary>
    public void FlushGrowingFile()
    {
        try
        {
            var newest = new DirectoryInfo(spool.OpenDirectory).EnumerateFiles().MaxBy(file => file.Name, StringComparer.Ordinal);
            if (newest is null || (newest.FullName == _lastFile && newest.Length == _lastLength))
            {
                return;
            }

            (_lastFile, _lastLength) = (newest.FullName, newest.Length);
            using var handle = File.OpenHandle(
                newest.FullName, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.FlushToDisk(handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Closed and moved meanwhile, and flushed when it was.
        }
    }
}
