using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Wording;

namespace SessionRecorder.Host.Diagnostics;

/// <summary>Looks whether the spool can be written, without leaving anything behind.</summary>
internal static class DataDirectoryCheck
{
    public const string Subject = "data directory";

    public static Finding Check(RecorderOptions options)
    {
        var directory = options.DataDirectory;
        var existing = FindExisting(directory);
        try
        {
            var probe = Path.Combine(existing, $".session-recorder-{Guid.NewGuid():N}");
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose))
            {
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(
                FindingLevel.Problem,
                Subject,
                $"{directory} cannot be written: {e.Message.ReplaceLineEndings(" ")}",
                "run as root or Administrator, correct the folder's permissions, or set DataDirectory to another folder");
        }

        return CheckSpace(directory, existing, options.Capture.MinimumFreeSpace);
    }

    private static Finding CheckSpace(string directory, string existing, ByteSize minimum)
    {
        var free = new ByteSize(new DriveInfo(existing).AvailableFreeSpace);
        if (FreeFiles.Under(existing) is var files and < SpoolDisk.MinimumFreeFiles)
        {
            return new(
                FindingLevel.Problem,
                Subject,
                $"{directory} takes {files} more files (inodes), less than the {SpoolDisk.MinimumFreeFiles} that capturing needs",
                "delete files on that disk, or set DataDirectory to a folder on another one");
        }

        var state = existing == directory ? "can be written" : "can be made";
        return free.Bytes < minimum.Bytes
            ? new(
                FindingLevel.Problem,
                Subject,
                $"{directory} has {Amount.Size(free.Bytes)} free, less than the {minimum} that capturing needs",
                "make room on that disk, or set DataDirectory to a folder on another one")
            : new(FindingLevel.Ok, Subject, $"{directory} {state}, {Amount.Size(free.Bytes)} free");
    }

    private static string FindExisting(string directory)
    {
        var existing = directory;
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
        {
            existing = parent;
        }

        return existing;
    }
}
