using SessionRecorder.Plugins.Interop;

namespace SessionRecorder.Plugins;

/// <summary>Opens an Xauthority file, which the session's user may have replaced by anything.</summary>
/// <remarks>
/// A pipe or a device would block or feed the reader for ever, so a regular file is asked for, and opening never waits.
/// Root reads more than the user may, so for root a link at the path is refused, and so is a file of a third user.
/// </remarks>
internal static class AuthorityFile
{
    private const uint Root = 0;

    /// <summary>Opens the file for reading.</summary>
    /// <param name="path">The file.</param>
    /// <param name="user">
    /// Whose session it is. Where that is root, nobody that this machine knows, or not said, root was told by an operator
    /// which file to read, and it may be anybody's.
    /// </param>
    /// <exception cref="IOException">There is none, or it is not what may be read.</exception>
    public static FileStream Open(string path, string? user)
    {
        var isRoot = Posix.EffectiveUser() == Root;
        var handle = Posix.OpenToRead(path, followLink: !isRoot);
        try
        {
            var (isRegular, owner) = Posix.Look(handle);
            if (!isRegular)
            {
                throw new IOException("it is not a regular file");
            }

            if (isRoot && owner != Root && Named(user) is { } expected && owner != expected)
            {
                throw new IOException($"it belongs to user {owner}, and neither to the session's user {user} nor to root");
            }

            return new FileStream(handle, FileAccess.Read, bufferSize: 0);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static uint? Named(string? user) =>
        user is not null && Posix.UserNamed(user) is { } id && id != Root ? id : null;
}
