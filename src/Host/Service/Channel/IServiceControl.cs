namespace SessionRecorder.Host.Service.Channel;

/// <summary>What the service does for whoever asks, over its channel (JSON-RPC). Nothing else can be asked.</summary>
/// <remarks>Who asks is told by the system, never by the message.</remarks>
internal interface IServiceControl
{
    /// <summary>Records a session of the caller's own, and waits for its first frame. Administrators may name any.</summary>
    Task<RecordAnswer> RecordAsync(RecordRequest request);

    /// <summary>Whether the caller's own sessions are recorded.</summary>
    Task<OwnSessionsAnswer> GetOwnSessionsAsync();
}

/// <summary>What <c>start</c> asks for.</summary>
/// <param name="SystemSession">Which of the caller's sessions, where there are several; null for the only one.</param>
/// <param name="SessionId">The id to give it; administrators only.</param>
/// <param name="Platform">The platform's name; administrators only.</param>
/// <param name="TimeoutSeconds">How long to wait for the first frame.</param>
internal sealed record RecordRequest(string? SystemSession, string? SessionId, string? Platform, double TimeoutSeconds);

/// <summary>What came of it.</summary>
/// <param name="SessionId">The session; null where there is none.</param>
/// <param name="AlreadyRecording">Whether it was recorded before.</param>
/// <param name="Recording">Whether its first frame is on disk.</param>
/// <param name="Error">Why not, or null.</param>
/// <param name="Remedy">What to do about it, or null.</param>
/// <param name="ExitCode">What <c>start</c> ends with.</param>
/// <param name="NotRecorded">Why the policy leaves this session alone; null where it does not.</param>
internal sealed record RecordAnswer(
    string? SessionId, bool AlreadyRecording, bool Recording, string? Error, string? Remedy, int ExitCode, string? NotRecorded = null)
{
    /// <summary>An answer that only says why not.</summary>
    public static RecordAnswer No(int exitCode, string error, string? remedy = null) => new(null, false, false, error, remedy, exitCode);
}

/// <summary>The caller's own sessions.</summary>
/// <param name="Sessions">Each, and whether it is recorded.</param>
/// <param name="Error">Why it cannot be told, or null.</param>
internal sealed record OwnSessionsAnswer(IReadOnlyList<OwnSession> Sessions, string? Error = null);

/// <summary>A session of the caller's.</summary>
/// <param name="SystemSession">The system's name for it.</param>
/// <param name="IsRecorded">Whether an agent records it.</param>
internal sealed record OwnSession(string SystemSession, bool IsRecorded);
