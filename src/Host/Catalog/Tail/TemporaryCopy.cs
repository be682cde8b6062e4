namespace SessionRecorder.Host.Catalog;

/// <summary>A file for a moment: an hour's segment need not fit into memory.</summary>
internal static class TemporaryCopy
{
    /// <summary>Makes an empty file of an unguessable name, for this user alone, that is deleted when it is closed.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static FileStream Create()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(Path.Combine(Path.GetTempPath(), $"session-recorder-{Guid.NewGuid():N}"), options);
    }
}
