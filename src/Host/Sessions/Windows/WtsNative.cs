using System.Runtime.InteropServices;

namespace SessionRecorder.Host.Sessions.Windows;

/// <summary>What is needed of wtsapi32 and kernel32, as it is declared in wtsapi32.h.</summary>
internal static unsafe partial class WtsNative
{
    public const int CurrentServer = 0;
    public const int SessionInfoEx = 25;
    public const int TypeSessionInfoLevel1 = 2;
    public const int NotifyForAllSessions = 1;

    /// <summary>WTSINFOEX up to the flags: the level, and of level 1 the first three members, aligned as its times are.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SessionInfo
    {
        public const int LevelWithFlags = 1;

        public int Level;
        public int Padding;
        public int SessionId;
        public int State;
        public int Flags;
    }

    /// <summary>WTS_SESSION_INFO_1W.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SessionRow
    {
        public int ExecEnvId;
        public int State;
        public int SessionId;
        public char* SessionName;
        public char* HostName;
        public char* UserName;
        public char* DomainName;
        public char* FarmName;
    }

    [LibraryImport("wtsapi32", EntryPoint = "WTSEnumerateSessionsExW", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool WTSEnumerateSessionsEx(nint server, ref int level, int filter, out SessionRow* rows, out int count);

    [LibraryImport("wtsapi32", EntryPoint = "WTSFreeMemoryExW")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool WTSFreeMemoryEx(int type, void* memory, int count);

    [LibraryImport("wtsapi32", EntryPoint = "WTSQuerySessionInformationW", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool WTSQuerySessionInformation(nint server, int session, int what, out SessionInfo* buffer, out int bytes);

    [LibraryImport("wtsapi32")]
    public static partial void WTSFreeMemory(void* memory);

    [LibraryImport("wtsapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool WTSQueryUserToken(int session, out nint token);

    [LibraryImport("wtsapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool WTSLogoffSession(nint server, int session, [MarshalAs(UnmanagedType.Bool)] bool wait);

    [LibraryImport("wtsapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool WTSRegisterSessionNotification(nint window, int flags);

    [LibraryImport("wtsapi32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool WTSUnRegisterSessionNotification(nint window);
}
