using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace SessionRecorder.Host.Processes.Windows;

/// <summary>Windows itself.</summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe partial class SessionStartApi : ISessionStartApi
{
    // winnt.h
    private const uint TokenAssignPrimary = 0x1;
    private const uint TokenDuplicate = 0x2;
    private const uint TokenQuery = 0x8;
    private const uint TokenAdjustDefault = 0x80;
    private const uint TokenAdjustSession = 0x100;
    private const int SecurityIdentification = 1;
    private const int TokenPrimary = 1;
    private const int TokenSessionId = 12;

    public int OpenOwnToken(out SafeHandle token)
    {
        using var self = Process.GetCurrentProcess();
        var error = ErrorUnless(OpenProcessToken(self.SafeHandle, TokenDuplicate | TokenQuery, out var opened));
        token = opened;
        return error;
    }

    public int DuplicatePrimary(SafeHandle token, out SafeHandle primary)
    {
        const uint Access = TokenAssignPrimary | TokenDuplicate | TokenQuery | TokenAdjustDefault | TokenAdjustSession;
        var error = ErrorUnless(DuplicateTokenEx(token, Access, 0, SecurityIdentification, TokenPrimary, out var copy));
        primary = copy;
        return error;
    }

    public int SetSession(SafeHandle token, int session) =>
        ErrorUnless(SetTokenInformation(token, TokenSessionId, &session, sizeof(int)));

    public int CreateProcess(SafeHandle token, SessionStartRequest start, out Process? process)
    {
        const uint Flags = Kernel32.NoWindow | Kernel32.UnicodeEnvironment;
        process = null;
        Kernel32.ProcessInformation created;

        // CreateProcessAsUserW writes into the command line that it is given.
        var commandLine = $"{start.CommandLine}\0".ToCharArray();
        fixed (char* text = commandLine, environment = start.Environment, desktop = start.Desktop)
        {
            var startup = new Kernel32.StartupInfo { Size = StartupSize, Desktop = (nint)desktop };

            // A job of the service's would end the agent with it; one that may not be left is better than no agent.
            var error = TryCreate(token, start, text, environment, Flags | Kernel32.BreakAwayFromJob, &startup, &created);
            error = error == Kernel32.AccessDenied ? TryCreate(token, start, text, environment, Flags, &startup, &created) : error;
            if (error != 0)
            {
                return error;
            }
        }

        try
        {
            // Its handle is opened while ours holds the id in place.
            process = Process.GetProcessById(created.ProcessId);
            _ = process.SafeHandle;
            return 0;
        }
        finally
        {
            Kernel32.CloseHandle(created.Thread);
            Kernel32.CloseHandle(created.Process);
        }
    }

    /// <summary>STARTUPINFOW, without the attribute list of STARTUPINFOEXW.</summary>
    private static int StartupSize => sizeof(Kernel32.StartupInfo) - sizeof(nint);

    private static int TryCreate(
        SafeHandle token,
        SessionStartRequest start,
        char* commandLine,
        char* environment,
        uint flags,
        Kernel32.StartupInfo* startup,
        Kernel32.ProcessInformation* created) => ErrorUnless(CreateProcessAsUser(
            token, start.FileName, commandLine, 0, 0, inheritHandles: false, flags, environment, start.Directory, startup, created));

    private static int ErrorUnless(bool done) => done ? 0 : Marshal.GetLastPInvokeError();

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool OpenProcessToken(SafeProcessHandle process, uint access, out SafeAccessTokenHandle token);

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool DuplicateTokenEx(
        SafeHandle token, uint access, nint attributes, int impersonationLevel, int tokenType, out SafeAccessTokenHandle copy);

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool SetTokenInformation(SafeHandle token, int informationClass, int* information, int length);

    [LibraryImport("advapi32", EntryPoint = "CreateProcessAsUserW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateProcessAsUser(
        SafeHandle token,
        string application,
        char* commandLine,
        nint processAttributes,
        nint threadAttributes,
        [MarshalAs(UnmanagedType.Bool)] bool inheritHandles,
        uint flags,
        char* environment,
        string directory,
        Kernel32.StartupInfo* startupInfo,
        Kernel32.ProcessInformation* information);
}
