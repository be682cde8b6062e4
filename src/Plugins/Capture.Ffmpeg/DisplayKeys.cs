using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace SessionRecorder.Plugins;

/// <summary>A copy of a session's Xauthority file for one ffmpeg, in memory. Disposing it forgets the keys.</summary>
/// <remarks>
/// ffmpeg follows links and waits for pipes, with rights that the session's user lacks, and that user can change the file
/// at any moment. So it gets what <see cref="AuthorityFile"/> reads, through /proc, which shows it to who runs this alone.
/// </remarks>
internal sealed partial class DisplayKeys : IDisposable
{
    private const uint CloseOnExec = 1;

    private readonly SafeFileHandle _memory;

    private DisplayKeys(SafeFileHandle memory) => _memory = memory;

    /// <summary>Where ffmpeg reads it.</summary>
    public string Path => string.Create(
        CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{_memory.DangerousGetHandle()}");

    /// <summary>Copies the keys as they are now; none where the file is not there or is not what may be read.</summary>
    /// <exception cref="CaptureException">The system has no memory for it.</exception>
    [SupportedOSPlatform("linux")]
    public static DisplayKeys CopyFor(UserSession session, ILogger logger)
    {
        var handle = CreateMemory("xauthority", CloseOnExec);
        if (handle < 0)
        {
            throw new CaptureException(
                $"the display's keys cannot be kept: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}",
                CaptureEnd.Failed,
                FailureScope.Host,
                isTransient: true);
        }

        var memory = new SafeFileHandle(handle, ownsHandle: true);
        RandomAccess.Write(memory, Read(session, logger), 0);
        return new DisplayKeys(memory);
    }

    public void Dispose() => _memory.Dispose();

    private static byte[] Read(UserSession session, ILogger logger)
    {
        if (AuthorityFile.PathFor(session.Environment, session.User) is not { } path)
        {
            return [];
        }

        try
        {
            return AuthorityFile.Read(path, session.User);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Many displays need no key. One that does refuses, and the display monitor then tells why.
            LogNoKeys(logger, path, e.Message);
            return [];
        }
    }

    [LoggerMessage(EventId = 203, Level = LogLevel.Debug, Message = "The display is captured without the keys of {Path}: {Reason}")]
    private static partial void LogNoKeys(ILogger logger, string path, string reason);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int CreateMemory(string name, uint flags);
}
