using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SessionRecorder.Host.Spool;

/// <summary>File operations that have reached the disk when they return.</summary>
/// <remarks>
/// A file's own flush does not make its name durable: on Unix the folder has to be flushed too. NTFS journals names, so
/// on Windows that is nothing. All members throw <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.
/// </remarks>
internal static partial class DurableFiles
{
    private const int CloseOnExecLinux = 0x80000;
    private const int InvalidArgument = 22;

    /// <summary>Flushes a file that some other process wrote.</summary>
    public static void FlushFile(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Makes the names in a folder durable.</summary>
    public static void FlushDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(path, OperatingSystem.IsLinux() ? CloseOnExecLinux : 0);
        if (descriptor < 0)
        {
            throw Failure(path, Marshal.GetLastPInvokeError());
        }

        try
        {
            // EINVAL: a file system that has nothing to flush for a folder.
            if (Flush(descriptor) != 0 && Marshal.GetLastPInvokeError() is var error and not InvalidArgument)
            {
                throw Failure(path, error);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Writes a file as a whole: after a crash it has its old content or the new one.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".tmp";
        using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            RandomAccess.Write(file, content, 0);
            RandomAccess.FlushToDisk(file);
        }

        Rename(temporary, path);
    }

    /// <summary>Renames within a file system, replacing what has the name.</summary>
    public static void Rename(string from, string to)
    {
        // Without overwriting, .NET links and unlinks: a crash in between would leave two names of one segment.
        File.Move(from, to, overwrite: true);
        var (source, target) = (Path.GetDirectoryName(from)!, Path.GetDirectoryName(to)!);
        FlushDirectory(target);
        if (source != target)
        {
            FlushDirectory(source);
        }
    }

    /// <summary>SHA-256 of a file, read as a stream, in lower-case hexadecimal digits; and how long it is.</summary>
    public static (string Sha256, long Length) Hash(string path)
    {
        using var file = new FileStream(
            path,
            new FileStreamOptions { Share = FileShare.ReadWrite, BufferSize = 0, Options = FileOptions.SequentialScan });
        var hash = Convert.ToHexStringLower(SHA256.HashData(file));
        return (hash, file.Position);
    }

    private static IOException Failure(string path, int error) =>
        new($"the folder {path} could not be flushed to disk: {Marshal.GetPInvokeErrorMessage(error)}", error);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
