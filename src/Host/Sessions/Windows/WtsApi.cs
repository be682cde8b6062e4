using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using SessionRecorder.Host.Windowing;

namespace SessionRecorder.Host.Sessions.Windows;

/// <summary>The Remote Desktop Services API of this machine.</summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe class WtsApi : IWtsApi
{
    /// <summary>WM_WTSSESSION_CHANGE.</summary>
    private const uint SessionChange = 0x02B1;

    public int OwnSession
    {
        get
        {
            using var self = Process.GetCurrentProcess();
            return self.SessionId;
        }
    }

    public (string User, string Domain) OwnUser => (Environment.UserName, Environment.UserDomainName);

    public IReadOnlyList<WtsSession> Enumerate()
    {
        var level = 1;
        if (!WtsNative.WTSEnumerateSessionsEx(WtsNative.CurrentServer, ref level, 0, out var rows, out var count))
        {
            // Wine's function fails and gives no reason, or this one; the older function finds nothing there either.
            var error = Marshal.GetLastPInvokeError();
            return error is 0 or CallNotImplemented ? [] : throw new Win32Exception(error);
        }

        try
        {
            var sessions = new WtsSession[count];
            for (var i = 0; i < count; i++)
            {
                var row = rows[i];
                sessions[i] = new WtsSession(row.SessionId, (WtsState)row.State, Text(row.UserName), Text(row.DomainName));
            }

            return sessions;
        }
        finally
        {
            if (rows is not null)
            {
                WtsNative.WTSFreeMemoryEx(WtsNative.TypeSessionInfoLevel1, rows, count);
            }
        }
    }

    public WtsLock? QueryLock(int session)
    {
        if (!WtsNative.WTSQuerySessionInformation(
            WtsNative.CurrentServer, session, WtsNative.SessionInfoEx, out var info, out var bytes))
        {
            return null;
        }

        try
        {
            var isWhole = bytes >= sizeof(WtsNative.SessionInfo) && info->Level == WtsNative.SessionInfo.LevelWithFlags;
            return isWhole && Enum.IsDefined((WtsLock)info->Flags) ? (WtsLock)info->Flags : null;
        }
        finally
        {
            WtsNative.WTSFreeMemory(info);
        }
    }

    public void LogOff(int session)
    {
        if (!WtsNative.WTSLogoffSession(WtsNative.CurrentServer, session, wait: false))
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    public IDisposable Listen(Action onChange) => HiddenWindow.Open(
        "Session Recorder session watch",
        window => WtsNative.WTSRegisterSessionNotification(window, WtsNative.NotifyForAllSessions),
        (_, message, _, _) =>
        {
            if (message == SessionChange)
            {
                onChange();
            }

            return null;
        });

    private const int CallNotImplemented = 120;

    private static string? Text(char* text) => text is null ? null : new string(text);
}
