namespace SessionRecorder.Host.Spool;

/// <summary>Keeps a session's folder for a start, until disposed. A folder that has become no session's is removed with it.</summary>
internal sealed class StartHold(string folder, FileStream held) : IDisposable
{
    public void Dispose()
    {
        // On Windows a file that is open cannot be deleted; elsewhere nobody else is to have the lock before it is gone.
        if (OperatingSystem.IsWindows())
        {
            held.Dispose();
            RemoveIfNoSession();
        }
        else
        {
            RemoveIfNoSession();
            held.Dispose();
        }
    }

    private void RemoveIfNoSession()
    {
        if (File.Exists(SpoolFolder.DocumentPath(folder)))
        {
            return;
        }

        try
        {
            File.Delete(Path.Combine(folder, SessionLock.Session));
            File.Delete(Path.Combine(folder, SessionLock.Start));
            Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is gone already, or something else is in it, or another start has it: none of it is this one's to remove.
            return;
        }
    }
}
