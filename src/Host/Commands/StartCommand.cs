using System.CommandLine;
using System.Runtime.ExceptionServices;
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

    private readonly Option<bool> _each = new("--each")
    {
        Description = "Start a recording of each session that somebody looks at, for a task that is not told who logged on",
    };

    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "start",
            "Start recording in the background. Returns when the first frame is on disk, or with the reason why not.",
            ("start", "record the session of this machine"),
            ("start --session exam-17 --timeout 20s", "under an id of your own"),
            ("start --each", "record all sessions of this machine that somebody looks at"));
        foreach (var option in (Option[])[_session, _each, _platform, _timeout, services.Json])
        {
            command.Options.Add(option);
        }

        services.Run(command, RunAsync);
        return command;
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Arguments.GetValue(_each))
        {
            return await RunEachAsync(context, cancellationToken);
        }

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

    private async Task<int> RunEachAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Arguments.GetValue(_session) is not null)
        {
            throw CommandException.Usage("--each and --session exclude each other: several sessions cannot have one id", "leave one out");
        }

        if (!Environment.IsPrivilegedProcess)
        {
            throw CommandException.Usage("--each needs administrator rights", "without it, `start` records your own session");
        }

        await using var host = new RecorderHost(context.LoadConfiguration(), context.Loggers);
        var started = await new EachSession(host, context.Time).StartAsync(
            context.Arguments.GetValue(_platform), context.Arguments.GetValue(_timeout) ?? DefaultTimeout, cancellationToken);
        context.Output.WriteJson(
            [.. started.Select(one => new StartedSessionOutput(one.Desktop.SystemSession, one.Desktop.User, one.SessionId, one.AlreadyRecording, one.NotRecorded, one.Error?.Message))],
            StartJson.Default.IReadOnlyListStartedSessionOutput);
        foreach (var one in started)
        {
            context.Output.WriteLine($"{one.Desktop.SystemSession} of {one.Desktop.User}: " + (
                one.Error is { } error ? error.Message
                : one.NotRecorded is { } reason ? $"not recorded: {reason}"
                : $"{(one.AlreadyRecording ? "already recording" : "recording")} session {one.SessionId}"));
        }

        if (started.FirstOrDefault(one => one.Error is not null) is { Error: { } first })
        {
            ExceptionDispatchInfo.Throw(first);
        }

        return ExitCode.Done;
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

/// <summary>One of what <c>start --each --json</c> prints.</summary>
/// <param name="SystemSession">The system's name for the session.</param>
/// <param name="User">Whose it is.</param>
/// <param name="SessionId">The session that is recorded; null where none is.</param>
/// <param name="AlreadyRecording">Whether it was recorded before.</param>
/// <param name="NotRecorded">Why the policy leaves the session alone.</param>
/// <param name="Error">Why it could not be recorded.</param>
internal sealed record StartedSessionOutput(
    string SystemSession, string User, string? SessionId, bool AlreadyRecording, string? NotRecorded, string? Error);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(StartOutput))]
[JsonSerializable(typeof(IReadOnlyList<StartedSessionOutput>))]
internal sealed partial class StartJson : JsonSerializerContext;
