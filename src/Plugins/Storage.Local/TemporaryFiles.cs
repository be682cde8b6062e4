namespace SessionRecorder.Plugins;

/// <summary>Files on their way into the store, in the folder where they will stay.</summary>
internal static class TemporaryFiles
{
    /// <summary>How old a temporary file is when whoever wrote it must have died.</summary>
    public static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    private const string Prefix = ".tmp-";

    /// <summary>No key may hold this character, so no object can be taken for a temporary file.</summary>
    private const char Suffix = '~';

    /// <summary>Creates a temporary file that the owner alone may read.</summary>
    public static FileStream Create(string folder)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(Path.Combine(folder, $"{Prefix}{Guid.NewGuid():N}{Suffix}"), options);
    }

    /// <summary>The temporary files in a folder that nobody writes to any more.</summary>
    public static IEnumerable<string> FindAbandoned(string folder, DateTimeOffset now) =>
        Directory.EnumerateFiles(folder, $"{Prefix}*{Suffix}", new EnumerationOptions { AttributesToSkip = 0 })
            .Where(path => now - File.GetLastWriteTimeUtc(path) > Abandoned);
}
