using System.CommandLine;
using System.Text.Json.Serialization;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;
using SessionRecorder.Host.Wording;

namespace SessionRecorder.Host.Commands;

/// <summary><c>status</c>: what is being recorded on this machine, and what waits in the spool.</summary>
internal sealed class StatusCommand : ICommandDefinition
{
    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "status",
            "Show what is being recorded on this machine, and what waits in the spool. Exit code 3 when there is neither. "
                + "Users without rights are told by the service whether their own session is recorded.",
            ("status", "for people"),
            ("status --json", "for programs"));
        command.Options.Add(services.Json);
        services.Run(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (ServiceRoute.FindForStatus(context) is { } service)
        {
            return await ServiceStatus.RunAsync(service, context, cancellationToken);
        }

        await using var host = new RecorderHost(context.LoadConfiguration(), context.Loggers);
        var agents = new RunningAgents(host);
        var recording = await agents.AskAllAsync(cancellationToken);
        var others = host.Spool.ListIds().Except(recording.Select(agent => agent.SessionId)).ToLookup(host.Spool.IsHeld);
        var backlog = others.SelectMany(group => group).Order(StringComparer.Ordinal).Select(host.BacklogOf).OfType<SessionBacklog>();
        var status = new StatusOutput(recording, [.. others[true]], [.. others[false]]) { Backlog = [.. backlog], Unreadable = host.Spool.ListSetAside() };
        context.Output.WriteJson(status, StatusJson.Default.StatusOutput);
        foreach (var folder in status.Unreadable)
        {
            context.Output.Warn(SinkText.Unreadable(Path.GetFileName(folder), folder));
        }

        return Show(context, status);
    }

    private static int Show(CommandContext context, StatusOutput status)
    {
        var (recording, silent, waiting) = status;
        var backlog = status.Backlog.ToDictionary(session => session.SessionId);
        if (recording.Count > 0)
        {
            context.Output.WriteTable(
                ["SESSION", "USER", "SCREEN", "STATE", "SINCE", "SEGMENTS", "GAPS", "WAITING"],
                [.. recording.Select(Row)]);
        }

        ShowSpool(context, recording);
        foreach (var id in waiting)
        {
            var what = backlog.GetValueOrDefault(id) is { } known
                ? $" ({string.Join("; ", known.Sinks.Select(SinkText.Sentence).Where(text => text.Length > 0).DefaultIfEmpty("its account is to be stored"))})"
                : "";
            context.Output.WriteLine($"session {id} waits in the spool{what}: `session-recorder recover` delivers it");
        }

        foreach (var id in silent)
        {
            context.Output.WriteLine($"session {id} is held by a process that does not answer: it recovers the session, or hangs");
        }

        if (recording.Count + silent.Count + waiting.Count > 0)
        {
            return ExitCode.Done;
        }

        context.Output.WriteLine("nothing is being recorded, and nothing waits in the spool");
        return ExitCode.NothingToActOn;
    }

    private static void ShowSpool(CommandContext context, IReadOnlyList<AgentStatus> recording)
    {
        if (recording.Select(agent => agent.Spool).FirstOrDefault(spool => spool is { Level: not "roomy" }) is { } spool)
        {
            context.Output.WriteLine(
                $"the spool is {(spool.Level == "full" ? "full" : "filling up")}: {Amount.Size(spool.Bytes)} of at most "
                + $"{Amount.Size(spool.Limit)} wait in it; "
                + (spool.Level == "full" ? "capturing pauses until something was delivered" : "one picture a second is captured"));
        }
    }

    private static string[] Row(AgentStatus agent) =>
    [
        agent.SessionId,
        agent.User,
        agent.SystemSession,
        agent.GapCause is { } cause ? $"{agent.State} ({cause})" : agent.State,
        SessionTime.Format(agent.StartedAt),
        $"{agent.Segments}",
        $"{agent.Gaps}",
        string.Join(", ", agent.Sinks.Select(SinkText.Row)),
    ];
}

/// <summary>What <c>status --json</c> prints.</summary>
/// <param name="Recording">The agents that answer.</param>
/// <param name="Silent">Sessions that a process holds which does not answer: it recovers them, say.</param>
/// <param name="Waiting">Sessions in the spool that nobody holds.</param>
internal sealed record StatusOutput(
    IReadOnlyList<AgentStatus> Recording, IReadOnlyList<string> Silent, IReadOnlyList<string> Waiting)
{
    /// <summary>What the silent and the waiting sessions have yet to deliver, where their ledgers could be read.</summary>
    public IReadOnlyList<SessionBacklog> Backlog { get; init; } = [];

    /// <summary>Folders of captured files that nobody could make a segment of, one a session.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(StatusOutput))]
internal sealed partial class StatusJson : JsonSerializerContext;
