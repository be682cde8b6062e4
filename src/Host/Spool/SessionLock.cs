namespace SessionRecorder.Host.Spool;

/// <summary>The locks of a session: files that one process at a time holds open, and lets go of when it dies.</summary>
internal static class SessionLock
{
    private const int Attempts = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Who holds this one may write to the session.</summary>
    public const string Session = "lock";

    /// <summary>
    /// Who holds this one launches the session's agent: between making the folder and the agent's taking the session
    /// nobody else may take it for an orphan.
    /// </summary>
    public const string Start = "start.lock";

    /// <summary>Takes a lock.</summary>
    /// <param name="folder">The session's folder.</param>
    /// <param name="name">Which lock.</param>
    /// <returns>What holds the lock until disposed; null when another holds it or there is no such folder.</returns>
    /// <exception cref="IOException">The lock's file cannot be opened.</exception>
    public static FileStream? TryTake(string folder, string name = Session)
    {
        // A few attempts: who merely looks whether it is held, holds it for a moment.
        for (var attempt = 1; ; attempt++)
        {
            var held = TryOpen(Path.Combine(folder, name), FileMode.OpenOrCreate, out var isHeld);
            if (!isHeld || attempt == Attempts)
            {
                return held;
            }

            Thread.Sleep(Pause);
        }
    }

    /// <summary>Whether some process, this one included, holds the lock at this moment.</summary>
    /// <exception cref="IOException">The lock's file cannot be opened.</exception>
    public static bool IsTaken(string folder)
    {
        using var held = TryOpen(Path.Combine(folder, Session), FileMode.Open, out var isHeld);
        return isHeld;
    }

    private static FileStream? TryOpen(string path, FileMode mode, out bool isHeld)
    {
        isHeld = false;
        try
        {
            return new FileStream(path, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException)
        {
            return null;
        }
        catch (IOException e) when (IsSharingViolation(e))
        {
            isHeld = true;
            return null;
        }
    }

    // ERROR_SHARING_VIOLATION, and EWOULDBLOCK from flock on Linux and macOS.
    private static bool IsSharingViolation(IOException e) => e.HResult is unchecked((int)0x80070020) or 11 or 35;
}
