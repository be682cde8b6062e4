using SessionRecorder.Plugins.Interop;

namespace SessionRecorder.Plugins;

/// <summary>Finds and reads a session's Xauthority file, which the session's user may have replaced by anything. Thread-safe.</summary>
/// <remarks>
/// A pipe or a device would block or feed the reader for ever, so a regular file is asked for, and opening never waits.
/// Root reads more than the user may, and what it reads is shown to an X server that may be the user's own. So for root a
/// link at the path is refused, a file of a third user, and one of root's that the user could have led to.
/// </remarks>
internal static class AuthorityFile
{
    private const uint Root = 0;
    private const int MaxBytes = 1 << 20;

    /// <summary>The file with the keys to a session's display; it need not exist. Null where none is known.</summary>
    /// <remarks>
    /// Where the session names none, it is this process's own, as for any X program, but for another user's session: its X
    /// server is not to be shown the keys of whoever records.
    /// </remarks>
    /// <param name="environment">The session's variables.</param>
    /// <param name="user">Whose session it is; null when nobody said.</param>
    public static string? PathFor(IReadOnlyDictionary<string, string> environment, string? user)
    {
        if (environment.GetValueOrDefault("XAUTHORITY") is { Length: > 0 } given)
        {
            return given;
        }

        if (!OperatingSystem.IsWindows() && Named(user) is { } other && other != PosixFile.EffectiveUser())
        {
            return null;
        }

        return Environment.GetEnvironmentVariable("XAUTHORITY") is { Length: > 0 } own ? own
            : Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? Path.Combine(home, ".Xauthority")
            : null;
    }

    /// <summary>Reads the file, at most 1 MiB of it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="user">
    /// Whose session it is. Where that is root, nobody that this machine knows, or not said, root was told by an operator
    /// which file to read, and it may be anybody's.
    /// </param>
    /// <exception cref="IOException">There is none, or it is not what may be read.</exception>
    public static byte[] Read(string path, string? user)
    {
        using var file = Open(path, user);
        var bytes = new byte[MaxBytes];
        return bytes[..file.ReadAtLeast(bytes, MaxBytes, throwOnEndOfStream: false)];
    }

    private static FileStream Open(string path, string? user)
    {
        var isRoot = PosixFile.EffectiveUser() == Root;
        var handle = PosixFile.OpenToRead(path, followLink: !isRoot);
        try
        {
            var file = PosixFile.Look(handle);
            if (!file.IsRegular)
            {
                throw new IOException("it is not a regular file");
            }

            if (isRoot && Named(user) is { } expected && expected != Root && file.Owner != expected)
            {
                RequireRoots(path, file.Owner, expected);
            }

            return new FileStream(handle, FileAccess.Read, bufferSize: 0);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>A display manager's file is root's, in folders of root's or of the display manager.</summary>
    private static void RequireRoots(string path, uint owner, uint user)
    {
        if (owner != Root)
        {
            throw new IOException($"it belongs to user {owner}, and neither to the session's user {user} nor to root");
        }

        // Whoever can turn a folder above it into a link leads root to a file of root's that is not meant.
        for (var above = Path.GetDirectoryName(path); above is not null; above = Path.GetDirectoryName(above))
        {
            if (PosixFile.IsOpenTo(user, above))
            {
                throw new IOException($"it belongs to root, and user {user} can change {above}, through which it is reached");
            }
        }
    }

    /// <summary>The user of a name, or of an id where the machine knows no name; null where it is nobody's that is known.</summary>
    public static uint? Named(string? user) =>
        user is null ? null : PosixFile.UserNamed(user) ?? (uint.TryParse(user, out var id) ? id : null);
}
