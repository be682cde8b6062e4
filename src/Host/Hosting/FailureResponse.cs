using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Sessions;
using SessionRecorder.Host.SystemLog;

namespace SessionRecorder.Host.Hosting;

/// <summary>What happens to a session that cannot be recorded, or no longer: <c>OnFailure</c>.</summary>
/// <param name="policy">What is configured.</param>
/// <param name="logoff">Logs a session's user off.</param>
/// <param name="log">Takes that it was done, or could not be.</param>
/// <param name="logger">Likewise.</param>
internal sealed partial class FailureResponse(
    FailurePolicy policy, SessionLogoff logoff, ISystemLog log, ILogger<FailureResponse> logger)
{
    /// <summary>Whether sessions that cannot be recorded are ended.</summary>
    public bool LogsOff => policy == FailurePolicy.Logoff;

    /// <summary>Does what is configured. Never throws: what failed before is what has to be told.</summary>
    /// <param name="session">The session that was to be recorded.</param>
    /// <param name="reason">Why it is not, for the logs.</param>
    /// <returns>What was done, one clause for operators; null where the session goes on as it is.</returns>
    public async Task<string?> RunAsync(UserSession session, string reason)
    {
        if (!LogsOff)
        {
            return null;
        }

        try
        {
            await logoff.RunAsync(session);
            LogLoggedOff(session.SystemSession, session.User, reason);
            log.Write(
                SystemLogEntry.LoggedOff, $"Logged {session.User} off session {session.SystemSession}, which cannot be recorded: {reason}");
            return "the user was logged off, as OnFailure says";
        }
        catch (Exception e)
        {
            LogNotLoggedOff(session.SystemSession, session.User, e);
            log.Write(
                SystemLogEntry.LogoffFailed,
                $"Could not log {session.User} off session {session.SystemSession}, which is not recorded ({reason}): {e.Message}");
            return $"the user could not be logged off as OnFailure says: {e.Message}";
        }
    }

    [LoggerMessage(EventId = 380, Level = LogLevel.Error, Message = "Session {SystemSession} of {User} cannot be recorded, and its user was logged off: {Reason}")]
    private partial void LogLoggedOff(string systemSession, string user, string reason);

    [LoggerMessage(EventId = 381, Level = LogLevel.Error, Message = "Session {SystemSession} of {User} cannot be recorded, and its user could not be logged off")]
    private partial void LogNotLoggedOff(string systemSession, string user, Exception exception);
}
