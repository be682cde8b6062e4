using System.Runtime.CompilerServices;

namespace SessionRecorder.Plugins;

/// <summary>Whether the folder can be written to and has room.</summary>
internal sealed class LocalStorageCheck(KeyPaths paths) : ISelfCheck
{
    private const long Gibibyte = 1L << 30;

    private static readonly byte[] Probe = "Session Recorder was here."u8.ToArray();

    public async IAsyncEnumerable<Finding> CheckAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var subject = $"storage {paths.Root}";
        Finding finding;
        try
        {
            paths.ThrowIfRootIsFile();
            await WriteProbeAsync(cancellationToken);
            finding = Room(subject);
        }
        catch (StorageException e)
        {
            finding = new Finding(FindingLevel.Problem, subject, e.Message, e.Remedy);
        }
        catch (Exception e) when (StorageFailures.IsMappable(e))
        {
            var failure = StorageFailures.Map(e, $"'{paths.Root}' cannot be written to", null, paths.Root);
            finding = new Finding(FindingLevel.Problem, subject, failure.Message, failure.Remedy);
        }

        yield return finding;
        if (OthersCanWrite())
        {
            yield return new Finding(
                FindingLevel.Warning,
                subject,
                "every user, or a group, can write there: who can may remove recordings or put others in their place",
                $"Run `chmod go-w '{paths.Root}'`, unless that is what the folder is for.");
        }
    }

    /// <summary>What the mode says; a warning only, for sharing the folder may be meant.</summary>
    private bool OthersCanWrite() =>
        !OperatingSystem.IsWindows()
        && Directory.Exists(paths.Root)
        && (File.GetUnixFileMode(paths.Root) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0;

    /// <summary>Writes a file as a put does, and removes it and the folders that had to be created for it.</summary>
    private async Task WriteProbeAsync(CancellationToken cancellationToken)
    {
        var created = DurableFolder.Create(paths.Root);
        try
        {
            var file = TemporaryFiles.Create(paths.Root);
            try
            {
                await using (file)
                {
                    await file.WriteAsync(Probe, cancellationToken);
                    file.Flush(flushToDisk: true);
                }
            }
            finally
            {
                File.Delete(file.Name);
            }
        }
        finally
        {
            foreach (var folder in created.Reverse())
            {
                Directory.Delete(folder);
            }
        }
    }

    private Finding Room(string subject)
    {
        var place = OperatingSystem.IsWindows() ? Path.GetPathRoot(paths.Root)! : Existing(paths.Root);
        if (place.StartsWith(@"\\", StringComparison.Ordinal))
        {
            return new Finding(FindingLevel.Ok, subject, "writable");
        }

        var free = new DriveInfo(place).AvailableFreeSpace;
        var message = $"writable, {free / (double)Gibibyte:0.0} GiB free";
        return free >= Gibibyte
            ? new Finding(FindingLevel.Ok, subject, message)
            : new Finding(FindingLevel.Warning, subject, message, $"Free at least 1 GiB in '{paths.Root}'.");
    }

    private static string Existing(string path)
    {
        while (!Directory.Exists(path))
        {
            path = Path.GetDirectoryName(path)!;
        }

        return path;
    }
}
