using System.Text.Json.Serialization;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Control;

/// <summary>What an agent does for the commands of the same program, over its control channel (JSON-RPC).</summary>
internal interface IAgentControl
{
    /// <summary>What the agent is doing.</summary>
    Task<AgentStatus> GetStatusAsync();

    /// <summary>Waits for the first frame to be on disk.</summary>
    /// <param name="timeoutSeconds">How long at most.</param>
    /// <returns>Whether it is, and if not, why.</returns>
    Task<StartReport> WaitForFirstFrameAsync(double timeoutSeconds);

    /// <summary>Ends the recording, delivers, and ends the agent.</summary>
    /// <param name="timeoutSeconds">The deadline, from now, for all of it.</param>
    /// <returns>What became of it.</returns>
    Task<StopReport> StopAsync(double timeoutSeconds);
}

/// <summary>What an agent is doing.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="SystemSession">The system's name for it.</param>
/// <param name="User">Whose it is.</param>
/// <param name="State"><c>starting</c>, <c>recording</c>, <c>gap</c> or <c>stopping</c>.</param>
/// <param name="StartedAt">The session's start.</param>
/// <param name="ProcessId">The agent's process.</param>
/// <param name="CaptureProcessId">The capturing process, or null.</param>
/// <param name="Source">The way the screen is read, or null.</param>
/// <param name="Frames">Frames of the running capture.</param>
/// <param name="Segments">Segments closed so far.</param>
/// <param name="Gaps">Gaps so far.</param>
/// <param name="GapCause">Why there is no picture now, or null.</param>
/// <param name="GapDetail">More about it, or null.</param>
/// <param name="Sinks">What waits for each sink.</param>
internal sealed record AgentStatus(
    string SessionId,
    string SystemSession,
    string User,
    string State,
    DateTimeOffset StartedAt,
    int ProcessId,
    int? CaptureProcessId,
    string? Source,
    long Frames,
    int Segments,
    int Gaps,
    string? GapCause,
    string? GapDetail,
    IReadOnlyList<SinkStatus> Sinks)
{
    /// <summary>What identifies the user to the system: a SID, a user number; null where it is not known.</summary>
    public string? UserId { get; init; }

    /// <summary>How full the spool is; null where it has no limit.</summary>
    public SpoolFill? Spool { get; init; }

    /// <summary>The state of an agent that records no more.</summary>
    public const string Stopping = "stopping";

    /// <summary>Whether it records no more, and only delivers.</summary>
    [JsonIgnore]
    public bool IsStopping => State == Stopping;
}

/// <summary>Whether recording began.</summary>
/// <param name="Recording">Whether the first frame is on disk.</param>
/// <param name="Error">Why not, or null.</param>
/// <param name="Remedy">What to do about it, or null.</param>
/// <param name="ExitCode">What <c>start</c> ends with.</param>
/// <param name="AgentEnds">Whether the agent gives up; otherwise it goes on trying, or records.</param>
/// <param name="IsUserAway">Whether there is nothing to record before the user is back, which is no failure.</param>
internal sealed record StartReport(
    bool Recording, string? Error, string? Remedy, int ExitCode, bool AgentEnds = false, bool IsUserAway = false);

/// <summary>What became of a session that was stopped.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="Delivered">Whether every sink confirmed all of it.</param>
/// <param name="Segments">Segments in all.</param>
/// <param name="Gaps">Gaps in all.</param>
/// <param name="Seconds">The session's length.</param>
/// <param name="Sinks">What still waits for each sink.</param>
internal sealed record StopReport(
    string SessionId, bool Delivered, int Segments, int Gaps, double Seconds, IReadOnlyList<SinkStatus> Sinks)
{
    /// <summary>The folder of captured files that nobody can read, which are in no segment; null where there are none.</summary>
    public string? Unreadable { get; init; }

    /// <summary>Whether the recording is delivered, and of its log a part is not; then the session stays in the spool.</summary>
    public bool IsLogWaiting { get; init; }
}
