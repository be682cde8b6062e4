using System.CommandLine;
using System.Text.Json.Serialization;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Commands;

/// <summary><c>status</c>: what is being recorded on this machine, and what waits in the spool.</summary>
internal sealed class StatusCommand : ICommandDefinition
{
    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "status",
            "Show what is being recorded on this machine, and what waits in the spool. Exit code 3 when there is neither.",
            ("status", "for people"),
            ("status --json", "for programs"));
        command.Options.Add(services.Json);
        services.Run(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await using var host = new RecorderHost(context.LoadConfiguration(), context.Loggers);
        var agents = new RunningAgents(host);
        var recording = await agents.AskAllAsync(cancellationToken);
        var waiting = host.Spool.ListIds().Except(recording.Select(agent => agent.SessionId)).ToArray();
        context.Output.WriteJson(new StatusOutput(recording, waiting), StatusJson.Default.StatusOutput);
        Show(context, recording, waiting);
        return recording.Count + waiting.Length == 0 ? ExitCode.NothingToActOn : ExitCode.Done;
    }

    private static void Show(CommandContext context, IReadOnlyList<AgentStatus> recording, IReadOnlyList<string> waiting)
    {
        if (recording.Count > 0)
        {
            context.Output.WriteTable(
                ["SESSION", "USER", "SCREEN", "STATE", "SINCE", "SEGMENTS", "GAPS", "WAITING"],
                [.. recording.Select(Row)]);
        }

        foreach (var id in waiting)
        {
            context.Output.WriteLine($"session {id} waits in the spool: `session-recorder recover` delivers it");
        }

        if (recording.Count + waiting.Count == 0)
        {
            context.Output.WriteLine("nothing is being recorded, and nothing waits in the spool");
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
        string.Join(", ", agent.Sinks.Select(sink =>
            $"{sink.Sink}: {sink.Segments}" + (sink.LastError is { } error ? $" ({error})" : ""))),
    ];
}

/// <summary>What <c>status --json</c> prints.</summary>
/// <param name="Recording">The agents that answer.</param>
/// <param name="Waiting">Sessions in the spool that nobody answers for.</param>
internal sealed record StatusOutput(IReadOnlyList<AgentStatus> Recording, IReadOnlyList<string> Waiting);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(StatusOutput))]
internal sealed partial class StatusJson : JsonSerializerContext;
