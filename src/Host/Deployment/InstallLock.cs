using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Deployment;

/// <summary>Keeps other installs and uninstalls from a machine's program folder, until disposed or the process ends.</summary>
internal sealed class InstallLock : IDisposable
{
    private const string Name = ".install.lock";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    private readonly FileStream _file;
    private readonly string? _made;

    private InstallLock(FileStream file, string? made) => (_file, _made) = (file, made);

    /// <summary>Takes it, and makes the program folder for that where there is none.</summary>
    /// <param name="layout">The machine.</param>
    /// <param name="trust">Refuses a folder that others can change.</param>
    /// <param name="patience">How long to wait for another.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InstallBusyException">Another still runs.</exception>
    /// <exception cref="InstallException">The folder cannot be written.</exception>
    /// <exception cref="TrustException">Others can change the folder.</exception>
    public static async Task<InstallLock> TakeAsync(
        MachineLayout layout, TrustPolicy trust, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var folder = layout.Place(layout.ProgramFolder);
        trust.Require("the program's folder", folder);
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                if (TryTake(folder) is { } taken)
                {
                    return taken;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new InstallException(
                    $"{folder} cannot be written: {e.Message}", "put that right and run the same command again", e);
            }

            if (time.GetElapsedTime(began) >= patience)
            {
                throw new InstallBusyException(folder);
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    /// <summary>Lets go of it. A folder that was made for it alone goes, too.</summary>
    public void Dispose()
    {
        _file.Dispose();
        if (_made is { } folder && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).All(IsLock))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool IsLock(string path) => Path.GetFileName(path) == Name;

    /// <returns>The lock; null while another has it.</returns>
    private static InstallLock? TryTake(string folder)
    {
        var made = Directory.Exists(folder) ? null : folder;
        if (made is not null)
        {
            // Not with the access that it is to have: giving it that is a step of the plan, which a dry run tells as well.
            PlacedFiles.MakeFolder(folder, FileAccessLevel.Administrators);
        }

        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = PlacedFiles.FileMode(FileAccessLevel.Administrators);
        }

        try
        {
            return new InstallLock(new FileStream(Path.Combine(folder, Name), options), made);
        }
        catch (DirectoryNotFoundException)
        {
            // An uninstall removed it in between.
            return null;
        }
        catch (IOException e) when (IsHeld(e))
        {
            return null;
        }
    }

    // ERROR_SHARING_VIOLATION, and EWOULDBLOCK from flock.
    private static bool IsHeld(IOException e) => e.HResult is unchecked((int)0x80070020) or 11;
}

/// <summary>Another install or uninstall runs.</summary>
internal sealed class InstallBusyException(string folder) : RecorderException(
    $"another install or uninstall of {folder} runs",
    FailureScope.Host,
    isTransient: true,
    "wait until it has ended, and run the same command again");
