using System.CommandLine;
using System.Text.Json.Serialization;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Service.Channel;

namespace SessionRecorder.Host.Commands;

/// <summary><c>start</c>: launches an agent, and returns when the first frame is on disk.</summary>
internal sealed class StartCommand : ICommandDefinition
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(50);

    private readonly Option<TimeSpan?> _timeout = DurationOption.Create(
        "--timeout",
        "How long to wait for a session and its first frame",
        TimeSpan.FromSeconds(1),
        TimeSpan.FromHours(1),
        DefaultTimeout);

    private readonly Option<string?> _session = SessionOptions.Id("The session's id; without it, the platform's or a new one");
    private readonly Option<string?> _platform = SessionOptions.Platform();

    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "start",
            "Start recording in the background. Returns when the first frame is on disk, or with the reason why not.",
            ("start", "record the session of this machine"),
            ("start --session exam-17 --timeout 20s", "under an id of your own"));
        foreach (var option in (Option[])[_session, _platform, _timeout, services.Json])
        {
            command.Options.Add(option);
        }

        services.Run(command, RunAsync);
        return command;
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (await ServiceRoute.FindAsync(context, cancellationToken) is { } service)
        {
            var request = new RecordRequest(
                ServiceStart.OwnSession(),
                context.Arguments.GetValue(_session),
                context.Arguments.GetValue(_platform),
                (context.Arguments.GetValue(_timeout) ?? DefaultTimeout).TotalSeconds);
            var answer = await ServiceStart.RunAsync(service, request, cancellationToken);
            return answer.NotRecorded is { } against
                ? TellNotRecorded(context, against)
                : Tell(context, answer.SessionId!, answer.AlreadyRecording);
        }

        await using var host = new RecorderHost(context.LoadConfiguration(), context.Loggers);
        var result = await new SessionStarter(host, host.OnFailure).StartAsync(
            context.Arguments.GetValue(_platform),
            context.Arguments.GetValue(_session),
            context.Arguments.GetValue(_timeout) ?? DefaultTimeout,
            cancellationToken);
        if (result.NotRecorded is { } reason)
        {
            return TellNotRecorded(context, reason);
        }

        if (!result.Report.Recording)
        {
            throw new CommandException(
                result.Report.ExitCode, $"session {result.SessionId}: {result.Report.Error}", result.Report.Remedy);
        }

        return Tell(context, result.SessionId, result.AlreadyRunning);
    }

    private static int TellNotRecorded(CommandContext context, string reason)
    {
        context.Output.WriteJson(new StartOutput(null, AlreadyRecording: false, reason), StartJson.Default.StartOutput);
        context.Output.WriteLine($"not recorded: {reason}");
        return ExitCode.Done;
    }

    private static int Tell(CommandContext context, string sessionId, bool alreadyRecording)
    {
        context.Output.WriteJson(new StartOutput(sessionId, alreadyRecording), StartJson.Default.StartOutput);
        context.Output.WriteLine($"{(alreadyRecording ? "already recording" : "recording")} session {sessionId}");
        return ExitCode.Done;
    }
}

/// <summary>What <c>start --json</c> prints.</summary>
/// <param name="SessionId">The session that is recorded; null where none is.</param>
/// <param name="AlreadyRecording">Whether it was recorded before.</param>
/// <param name="NotRecorded">Why the policy leaves the session alone; null where it is recorded.</param>
internal sealed record StartOutput(string? SessionId, bool AlreadyRecording, string? NotRecorded = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(StartOutput))]
internal sealed partial class StartJson : JsonSerializerContext;
