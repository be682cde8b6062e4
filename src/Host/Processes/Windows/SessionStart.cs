using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SessionRecorder.Host.Processes.Windows;

/// <summary>Starts a process in another session of this machine, with this process's own account.</summary>
/// <remarks>
/// A copy of this process's token is moved into the session, and the process is created with it on the user's desktop.
/// The environment is this process's own: the account is the same, so CreateEnvironmentBlock would only lose what the
/// service was given. Nothing is inherited: Windows allows no handles across sessions, not even the pipe for last words.
/// </remarks>
internal static class SessionStart
{
    /// <summary>The interactive desktop of the session; a service's own window station shows nothing.</summary>
    public const string Desktop = @"winsta0\default";

    /// <summary>Starts it with the system's own means.</summary>
    /// <exception cref="SessionStartException">The system refused it.</exception>
    [SupportedOSPlatform("windows")]
    public static Process Start(ProcessStartInfo info, int session) =>
        Start(new SessionStartApi(), info, session, DetachedStart.EnvironmentBlock(info));

    /// <summary>Starts it, whoever answers for the system.</summary>
    public static Process Start(ISessionStartApi api, ProcessStartInfo info, int session, string environment)
    {
        Require(api.OpenOwnToken(out var own), SessionStartStep.OpenToken, session);
        using (own)
        {
            Require(api.DuplicatePrimary(own, out var token), SessionStartStep.DuplicateToken, session);
            using (token)
            {
                Require(api.SetSession(token, session), SessionStartStep.SetSession, session);
                var start = new SessionStartRequest(
                    info.FileName,
                    CommandLineText.Of(info.FileName, info.ArgumentList),
                    environment,
                    info.WorkingDirectory,
                    Desktop);
                Require(api.CreateProcess(token, start, out var process), SessionStartStep.CreateProcess, session);
                return process!;
            }
        }
    }

    private static void Require(int error, SessionStartStep step, int session)
    {
        if (error != 0)
        {
            throw SessionStartException.Of(step, session, error);
        }
    }
}

/// <summary>What a process in another session is created from.</summary>
/// <param name="FileName">The program.</param>
/// <param name="CommandLine">Program and arguments, quoted.</param>
/// <param name="Environment">The environment block, each variable ended by a NUL, and another at the end.</param>
/// <param name="Directory">The working directory.</param>
/// <param name="Desktop">Window station and desktop.</param>
internal sealed record SessionStartRequest(
    string FileName, string CommandLine, string Environment, string Directory, string Desktop);

/// <summary>The Win32 calls of <see cref="SessionStart"/>. Each returns 0 or the error's number.</summary>
internal interface ISessionStartApi
{
    /// <summary>OpenProcessToken on this process.</summary>
    int OpenOwnToken(out SafeHandle token);

    /// <summary>DuplicateTokenEx: a primary token.</summary>
    int DuplicatePrimary(SafeHandle token, out SafeHandle primary);

    /// <summary>SetTokenInformation(TokenSessionId).</summary>
    int SetSession(SafeHandle token, int session);

    /// <summary>CreateProcessAsUser, without a window and without inherited handles.</summary>
    int CreateProcess(SafeHandle token, SessionStartRequest start, out Process? process);
}

/// <summary>The steps, in order.</summary>
internal enum SessionStartStep
{
    OpenToken,
    DuplicateToken,
    SetSession,
    CreateProcess,
}

/// <summary>No process could be started in another session.</summary>
internal sealed class SessionStartException(string message, bool isTransient, string remedy, int error)
    : Win32Exception(error, message)
{
    private const int AccessDenied = 5;
    private const int InvalidParameter = 87;
    private const int NoSuchLogonSession = 1312;
    private const int PrivilegeNotHeld = 1314;
    private const int NoSystemResources = 1450;
    private const int NoSuchWindowsSession = 7022;

    /// <summary>Whether trying again can succeed.</summary>
    public bool IsTransient { get; } = isTransient;

    /// <summary>What to do about it.</summary>
    public string Remedy { get; } = remedy;

    /// <summary>The cause and the cure of what Windows said.</summary>
    public static SessionStartException Of(SessionStartStep step, int session, int error) => error switch
    {
        PrivilegeNotHeld or AccessDenied when step is not SessionStartStep.CreateProcess || error == PrivilegeNotHeld => new(
            $"this process may not start another in session {session}, because it does not run as LocalSystem (Windows error {error})",
            isTransient: false,
            "run the service SessionRecorder under the account LocalSystem, and let it launch the agent",
            error),
        NoSuchWindowsSession or NoSuchLogonSession or InvalidParameter when step is SessionStartStep.SetSession or SessionStartStep.CreateProcess => new(
            $"there is no session {session}: its user has logged off (Windows error {error})",
            isTransient: true,
            "start again when the user is logged on",
            error),
        AccessDenied => new(
            $"Windows denies access to the program or to the desktop of session {session} (Windows error {error})",
            isTransient: true,
            "let SYSTEM read and run the program's folder",
            error),
        NoSystemResources => new(
            $"Windows has no resources left for a process in session {session} (Windows error {error})",
            isTransient: true,
            "free memory and end what is not needed",
            error),
        _ => new(
            $"Windows refused {NameOf(step)} for session {session}: {new Win32Exception(error).Message} (Windows error {error})",
            isTransient: true,
            "look the error's number up, and try again",
            error),
    };

    private static string NameOf(SessionStartStep step) => step switch
    {
        SessionStartStep.OpenToken => "OpenProcessToken",
        SessionStartStep.DuplicateToken => "DuplicateTokenEx",
        SessionStartStep.SetSession => "SetTokenInformation",
        _ => "CreateProcessAsUser",
    };
}
