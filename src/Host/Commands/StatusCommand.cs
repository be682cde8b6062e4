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
        var others = host.Spool.ListIds().Except(recording.Select(agent => agent.SessionId)).ToLookup(host.Spool.IsHeld);
        var status = new StatusOutput(recording, [.. others[true]], [.. others[false]]);
        context.Output.WriteJson(status, StatusJson.Default.StatusOutput);
        return Show(context, status);
    }

    private static int Show(CommandContext context, StatusOutput status)
    {
        var (recording, silent, waiting) = status;
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
/// <param name="Silent">Sessions that a process holds which does not answer: it recovers them, say.</param>
/// <param name="Waiting">Sessions in the spool that nobody holds.</param>
internal sealed record StatusOutput(
    IReadOnlyList<AgentStatus> Recording, IReadOnlyList<string> Silent, IReadOnlyList<string> Waiting);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(StatusOutput))]
internal sealed partial class StatusJson : JsonSerializerContext;
