using System.Text.Json.Serialization;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Commands;

/// <summary>A session that was asked to stop.</summary>
/// <param name="Report">What became of it.</param>
/// <param name="Folder">The folder that it was recorded to, or null.</param>
/// <param name="AgentAnswered">Whether its agent answered in time.</param>
internal sealed record StoppedSession(StopReport Report, string? Folder, bool AgentAnswered = true);

/// <summary>Tells what became of sessions that were stopped; <c>stop</c> and <c>record</c> end with it.</summary>
internal static class StopOutput
{
    /// <summary>Writes it.</summary>
    /// <returns>0 when every sink has confirmed all of it, else 4.</returns>
    public static int Write(CommandContext context, IReadOnlyList<StoppedSession> sessions)
    {
        context.Output.WriteJson(
            [.. sessions.Select(s => new StopResult(
                s.Report.SessionId, s.AgentAnswered, s.Report.Delivered, s.Report.Segments, s.Report.Gaps, s.Report.Seconds, s.Folder, s.Report.Sinks) { Unreadable = s.Report.Unreadable })],
            StopJson.Default.IReadOnlyListStopResult);
        foreach (var session in sessions)
        {
            var report = session.Report;
            if (session.AgentAnswered)
            {
                context.Output.WriteLine(
                    $"session {report.SessionId}: {report.Seconds:0.0} s in {SinkText.Count(report.Segments, "segment")}, {SinkText.Count(report.Gaps, "gap")}"
                    + (report.Delivered ? ", all of it stored" : "")
                    + (session.Folder is { } folder ? $" in {folder}" : ""));
            }

            if (report.Unreadable is { } unreadable)
            {
                context.Output.Warn(SinkText.Unreadable(report.SessionId, unreadable));
            }

            foreach (var lacking in SinkText.Lacking(report.SessionId, report.Sinks))
            {
                context.Output.Warn(lacking);
            }

            if (!report.Delivered)
            {
                context.Output.Warn(Describe(session));
            }
        }

        return sessions.All(session => session.Report.Delivered) ? ExitCode.Done : ExitCode.NotDelivered;
    }

    private static string Describe(StoppedSession session)
    {
        const string Kept = "it is kept in the spool, and `session-recorder recover` delivers it";
        var waiting = session.Report.Sinks.Select(SinkText.Sentence).Where(text => text.Length > 0);
        return session.AgentAnswered
            ? $"session {session.Report.SessionId} is not wholly delivered ({string.Join("; ", waiting.DefaultIfEmpty("its account could not be closed"))}); {Kept}"
            : $"session {session.Report.SessionId}: its agent did not answer in time; what it recorded stays in the spool"
                + string.Concat(waiting.Select(text => $"; {text}"));
    }
}

/// <summary>What <c>stop --json</c> prints for each session.</summary>
internal sealed record StopResult(
    string SessionId,
    bool AgentAnswered,
    bool Delivered,
    int Segments,
    int Gaps,
    double Seconds,
    string? Folder,
    IReadOnlyList<SinkStatus> Sinks)
{
    /// <summary>The folder of captured files that nobody can read; null where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Unreadable { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<StopResult>))]
internal sealed partial class StopJson : JsonSerializerContext;
