using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Recording;

/// <summary>Watches the disk under the spool, and makes what grows on it durable.</summary>
internal sealed class SpoolDisk(SpoolSession spool, long minimumFreeSpace)
{
    private readonly Dictionary<int, (string File, long Length)> _flushed = [];

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

    /// <summary>
    /// Flushes the newest unfinished file of each track: without it a power cut loses what the system has not yet written.
    /// </summary>
    public void FlushGrowingFiles()
    {
        try
        {
            var tracks = new DirectoryInfo(spool.OpenDirectory).EnumerateFiles().GroupBy(file => OpenFileName.TrackOf(file.Name) ?? 0);
            foreach (var track in tracks)
            {
                Flush(track.Key, track.MaxBy(file => file.Name, StringComparer.Ordinal)!);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Closed and moved meanwhile, and flushed when it was.
        }
    }

    private void Flush(int track, FileInfo newest)
    {
        var state = (newest.FullName, newest.Length);
        if (_flushed.TryGetValue(track, out var flushed) && flushed == state)
        {
            return;
        }

        _flushed[track] = state;
        using var handle = File.OpenHandle(
            newest.FullName, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(handle);
    }
}
