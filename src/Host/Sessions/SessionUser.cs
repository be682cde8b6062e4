namespace SessionRecorder.Host.Sessions;

/// <summary>Tells users of sessions apart. The same place (a display, a session number) goes from one user to the next.</summary>
internal static class SessionUser
{
    /// <summary>Whether two identifiers are of two users; no where either is not known.</summary>
    public static bool IsOther(string? userId, string? otherId) => userId is not null && otherId is not null && userId != otherId;

    /// <summary>Whether two sessions are of one user. The SID may be not to be had at one look; the name is always there.</summary>
    public static bool IsSame(DesktopSession one, DesktopSession other) =>
        one.User == other.User && one.Domain == other.Domain && !IsOther(one.UserId, other.UserId);
}
