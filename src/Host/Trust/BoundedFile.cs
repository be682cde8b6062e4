namespace SessionRecorder.Host.Trust;

/// <summary>Opens files that people put in place: a pipe or a device would keep the reader waiting, or feed it for ever.</summary>
/// <remarks>Links are followed: where they may lead, <see cref="TrustPolicy"/> says.</remarks>
internal static class BoundedFile
{
    /// <summary>Far above any configuration.</summary>
    public const long MostBytes = 64L << 20;

    /// <summary>Opens a regular file to read it.</summary>
    /// <exception cref="IOException">There is none, or it is something else; the message names it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream Open(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return File.OpenRead(path);
        }

        var (file, handle) = LinuxFile.OpenToRead(path);
        if (file.IsRegular)
        {
            return new FileStream(handle, FileAccess.Read);
        }

        handle.Dispose();
        throw new IOException($"{path} is {(file.IsDirectory ? "a folder" : "a pipe, a device or a socket")}, and no regular file");
    }

    /// <summary>Reads a regular file of at most <see cref="MostBytes"/>.</summary>
    /// <inheritdoc cref="Open"/>
    public static byte[] ReadAllBytes(string path)
    {
        using var file = Open(path);
        if (file.Length > MostBytes)
        {
            throw new IOException($"{path} has {file.Length} bytes, more than the {MostBytes} that are read");
        }

        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
