using System.Runtime.InteropServices;

namespace SessionRecorder.Plugins.Interop;

/// <summary>Message boxes through wtsapi32. Thread-safe.</summary>
internal sealed partial class WtsMessage : ISessionMessage
{
    private const nint CurrentServer = 0;
    private const int CurrentSession = -1;
    private const uint IconInformation = 0x40;

    public void Send(string title, string text, int seconds)
    {
        // Its lengths are in bytes.
        if (!WTSSendMessage(
            CurrentServer, CurrentSession, title, title.Length * sizeof(char), text, text.Length * sizeof(char),
            IconInformation, seconds, out _, wait: false))
        {
            var error = Marshal.GetLastPInvokeError();
            throw new DisplayException(
                $"Windows does not show the notice: {Marshal.GetPInvokeErrorMessage(error).TrimEnd().TrimEnd('.')} (error {error})",
                FailureScope.Session,
                isTransient: true,
                "check that the service 'Remote Desktop Services' (TermService) runs");
        }
    }

    [LibraryImport("wtsapi32", EntryPoint = "WTSSendMessageW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool WTSSendMessage(
        nint server, int session, string title, int titleBytes, string message, int messageBytes, uint style, int timeout,
        out int response, [MarshalAs(UnmanagedType.Bool)] bool wait);
}
