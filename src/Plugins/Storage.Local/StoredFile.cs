using System.Security.Cryptography;

namespace SessionRecorder.Plugins;

/// <summary>Reads the files of stored objects.</summary>
internal static class StoredFile
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>The buffer with which files are copied and hashed.</summary>
    public static byte[] Buffer() => GC.AllocateUninitializedArray<byte>(BufferBytes);

    /// <summary>Opens an object's file for reading; it may be replaced meanwhile, and the old bytes are read on.</summary>
    /// <returns>The file; null when there is none.</returns>
    public static FileStream? TryOpen(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite | FileShare.Delete,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
            });
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The SHA-256 of a file from where it stands, in lower-case hexadecimal digits.</summary>
    public static async Task<string> HashAsync(Stream file, CancellationToken cancellationToken) =>
        Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
}
