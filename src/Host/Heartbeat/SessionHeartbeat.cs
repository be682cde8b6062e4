using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Heartbeat;

/// <summary>Makes an agent's heartbeats.</summary>
internal static class SessionHeartbeat
{
    /// <summary>What an agent tells now.</summary>
    /// <param name="document">The session.</param>
    /// <param name="status">What the agent is doing.</param>
    /// <param name="hasEnded">Whether this is the last.</param>
    /// <param name="keyPrefix">What every key begins with.</param>
    /// <param name="interval">When the next is due.</param>
    /// <param name="now">The time.</param>
    public static (string Key, HeartbeatDocument Document) Of(
        SessionDocument document, AgentStatus status, bool hasEnded, string keyPrefix, TimeSpan interval, DateTimeOffset now) =>
        (HeartbeatDocument.KeyOf(keyPrefix, document.Host, document.SessionId), new HeartbeatDocument
        {
            Host = document.Host,
            At = now,
            Interval = interval.TotalSeconds,
            Recorder = CommandLine.Version,
            Session = new HeartbeatSession(
                document.SessionId,
                document.User,
                document.SystemSession,
                document.Prefix,
                hasEnded ? HeartbeatDocument.Ended : status.State,
                status.GapCause,
                status.Sinks.Select(sink => sink.Bytes).DefaultIfEmpty().Max()),
        });
}
