namespace SessionRecorder.Plugins;

/// <summary>Makes the session to record from the system's own.</summary>
internal static class Recordable
{
    public static UserSession From(DesktopSession session, string id) => new()
    {
        Id = id,
        User = session.User,
        Domain = session.Domain,
        UserId = session.UserId,
        Host = Environment.MachineName,
        SystemSession = session.SystemSession,
        Environment = session.Environment,
    };
}
