using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;
using SessionRecorder.Plugins.Interop;

namespace SessionRecorder.Plugins;

/// <summary>Reads files on Linux that root alone can write; anything else might be the user's own words.</summary>
[SupportedOSPlatform("linux")]
internal static class RootFile
{
    private const long MostBytes = 64 * 1024;

    /// <summary>A file's text; null where there is none, or where anybody but its rightful owner can write it.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="owner">Who is trusted: root, save in tests.</param>
    public static string? Read(string path, uint owner = 0)
    {
        if (!IsFile(PosixFile.Look(path), owner) || !IsFolder(Path.GetDirectoryName(path)!, owner))
        {
            return null;
        }

        // Not blocking: what takes the file's place meanwhile may be a pipe, and is looked at again once open.
        using var handle = Open(path, owner);
        if (handle is null)
        {
            return null;
        }

        using var stream = new FileStream(handle, FileAccess.Read, 1);
        if (stream.Length > MostBytes)
        {
            return null;
        }

        var bytes = new byte[stream.Length];
        var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return Encoding.UTF8.GetString(bytes.AsSpan(0, read));
    }

    /// <summary>Whether a folder is there that root alone can write.</summary>
    public static bool IsFolder(string path, uint owner = 0) => PosixFile.Look(path) is { IsFolder: true } found && IsOwned(found, owner);

    private static bool IsFile(PosixFile? file, uint owner) => file is { IsRegular: true } found && IsOwned(found, owner);

    private static bool IsOwned(PosixFile file, uint owner) => !file.IsWritableByOthers && file.Owner == owner;

    private static SafeFileHandle? Open(string path, uint owner)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = PosixFile.OpenToRead(path, followLink: true);
            if (IsFile(PosixFile.Look(handle), owner))
            {
                return handle;
            }
        }
        catch (IOException)
        {
            // It is gone by now, or nobody may open it: as if there were none.
        }

        handle?.Dispose();
        return null;
    }
}
