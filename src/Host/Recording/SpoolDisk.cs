using System.Globalization;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Wording;

namespace SessionRecorder.Host.Recording;

/// <summary>Watches the disk under the spool, which users of the machine may fill, and makes what grows on it durable.</summary>
internal sealed class SpoolDisk(SpoolSession spool, long minimumFreeSpace)
{
    /// <summary>What the next half minute needs: a file a segment and track, and those that are replaced by new ones.</summary>
    public const int MinimumFreeFiles = 64;

    private readonly Dictionary<int, (string File, long Length)> _flushed = [];

    /// <summary>Whether there is too little room to go on recording.</summary>
    public bool IsFull => FreeSpace() < minimumFreeSpace || FreeFiles.Under(spool.Directory) < MinimumFreeFiles;

    /// <summary>
    /// Whether there is room again to begin a capture: a quarter more than the minimum, so that recording does not
    /// flutter around it.
    /// </summary>
    public bool HasRoom =>
        FreeSpace() - minimumFreeSpace >= minimumFreeSpace / 4
        && FreeFiles.Under(spool.Directory) - MinimumFreeFiles >= MinimumFreeFiles / 4;

    /// <summary>How much room there is, for people: <c>12.3 MB</c>.</summary>
    public string Describe() => FreeFiles.Under(spool.Directory) is var files and < MinimumFreeFiles + (MinimumFreeFiles / 4)
        ? string.Create(CultureInfo.InvariantCulture, $"{files} files (inodes)")
        : Amount.Size(FreeSpace());

    /// <summary>Free space in bytes; where the system does not tell, as if there were plenty: a full disk then tells itself.</summary>
    private long FreeSpace()
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
