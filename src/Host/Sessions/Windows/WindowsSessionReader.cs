using System.ComponentModel;
using System.Globalization;

namespace SessionRecorder.Host.Sessions.Windows;

/// <summary>The sessions of Windows: console, Remote Desktop, streaming.</summary>
internal sealed class WindowsSessionReader(IWtsApi wts, SessionAccounts accounts) : ISessionReader, ISessionEnder
{
    /// <summary>Where the services live; nobody is logged on there.</summary>
    private const int ServicesSession = 0;

    public IReadOnlyList<DesktopSession> Read()
    {
        try
        {
            var rows = wts.Enumerate();
            return [.. (rows.Count == 0 ? OwnRow() : rows).Where(IsOfUser).Select(Describe)];
        }
        catch (Win32Exception e)
        {
            throw new PlatformException(
                $"Windows does not tell its sessions: {e.Message} (error {e.NativeErrorCode})",
                FailureScope.Host,
                isTransient: true,
                "check that the service 'Remote Desktop Services' (TermService) runs",
                e);
        }
    }

    /// <summary>Windows lists every session, and each has a screen.</summary>
    public IReadOnlyList<UnseenSession> ReadUnseen() => [];

    public bool Remains(DesktopSession session) => false;

    public IDisposable Listen(Action onChange) => wts.Listen(onChange);

    public void LogOff(DesktopSession session)
    {
        try
        {
            wts.LogOff(int.Parse(session.SystemSession, NumberStyles.None, CultureInfo.InvariantCulture));
        }
        catch (Win32Exception e)
        {
            throw new PlatformException(
                $"Windows does not log {session.User} off session {session.SystemSession}: {e.Message} (error {e.NativeErrorCode})",
                FailureScope.Session,
                isTransient: true,
                "run the recorder as LocalSystem",
                e);
        }
    }

    /// <summary>A Windows without Remote Desktop Services (Wine) enumerates nothing, not even our own session.</summary>
    private WtsSession[] OwnRow()
    {
        var (user, domain) = wts.OwnUser;
        return [new WtsSession(wts.OwnSession, WtsState.Active, user, domain)];
    }

    /// <summary>Listeners, logon screens and the services' session have no user.</summary>
    private static bool IsOfUser(WtsSession row) =>
        row.Id > ServicesSession
        && !string.IsNullOrEmpty(row.User)
        && row.State is WtsState.Active or WtsState.Connected or WtsState.Shadow or WtsState.Disconnected or WtsState.Idle;

    private DesktopSession Describe(WtsSession row) => new()
    {
        SystemSession = row.Id.ToString(CultureInfo.InvariantCulture),
        User = row.User!,
        Domain = string.IsNullOrEmpty(row.Domain) ? null : row.Domain,
        UserId = accounts.Find(row.Id, row.User!, row.Domain),
        IsConnected = row.State is not WtsState.Disconnected,
        IsLocked = wts.QueryLock(row.Id) == WtsLock.Locked,
    };
}
