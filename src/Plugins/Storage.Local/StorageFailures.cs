using SessionRecorder.Plugins.Interop;

namespace SessionRecorder.Plugins;

/// <summary>What the file system's failures mean to a store.</summary>
internal static class StorageFailures
{
    /// <summary>errno's ENOTDIR.</summary>
    public const int NotDirectory = 20;

    /// <summary>errno's EISDIR.</summary>
    public const int IsDirectory = 21;

    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int NameTooLong = 36;
    private const int QuotaExceeded = 122;
    private const int Stale = 116;
    private const int TimedOut = 110;
    private const int HostDown = 112;
    private const int NotConnected = 107;

    // Win32, within an HRESULT
    private const int WindowsAccessDenied = unchecked((int)0x80070005);
    private const int WindowsWriteProtect = unchecked((int)0x80070013);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsInvalidName = unchecked((int)0x8007007B);
    private const int WindowsBadNetworkPath = unchecked((int)0x80070035);
    private const int WindowsNetworkGone = unchecked((int)0x80070040);

    /// <summary>Whether a failure is one of the file system, to be given to <see cref="Map"/>.</summary>
    public static bool IsMappable(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>Makes a failure of the file system one of the store.</summary>
    /// <param name="e">The failure.</param>
    /// <param name="action">What was being done, as <c>'key' could not be stored in '/folder'</c>.</param>
    /// <param name="key">The key concerned; null where the whole store is.</param>
    /// <param name="root">The storage folder.</param>
    public static StorageException Map(Exception e, string action, string? key, string root)
    {
        var (failure, isTransient, remedy) = Judge(e, root);
        var reason = e.Message.ReplaceLineEndings(" ").TrimEnd('.');
        return new StorageException($"{action}: {reason}", failure, isTransient, key, remedy, e);
    }

    private static (StorageFailure Failure, bool IsTransient, string? Remedy) Judge(Exception e, string root) => e switch
    {
        UnauthorizedAccessException => Denied(root),
        PathTooLongException => TooLong,
        _ => e.HResult switch
        {
            NoSpace or QuotaExceeded or WindowsDiskFull or WindowsHandleDiskFull =>
                (StorageFailure.Full, true, $"Free space in '{root}' or raise its quota; storing goes on by itself then."),
            ReadOnlyFileSystem or Posix.PermissionDenied or WindowsWriteProtect or WindowsAccessDenied => Denied(root),
            NameTooLong => TooLong,
            NotDirectory or IsDirectory or WindowsInvalidName => (StorageFailure.Invalid, false, null),
            Posix.InvalidArgument or Posix.NotSupported => (
                StorageFailure.Invalid, false, "Use a folder on a file system that can rename without replacing."),
            Stale or TimedOut or HostDown or NotConnected or WindowsBadNetworkPath or WindowsNetworkGone =>
                (StorageFailure.Unreachable, true, $"Check that the file system of '{root}' is mounted and reachable."),
            _ => (StorageFailure.Other, true, null),
        },
    };

    private static (StorageFailure Failure, bool IsTransient, string? Remedy) TooLong =>
        (StorageFailure.Invalid, false, "Use a shorter key prefix or a shorter storage folder.");

    private static (StorageFailure Failure, bool IsTransient, string? Remedy) Denied(string root) =>
        (StorageFailure.Denied, false, $"Give the recorder's account write access to '{root}', or set the sink's Path elsewhere.");
}
