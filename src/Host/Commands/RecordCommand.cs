using System.CommandLine;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Commands;

/// <summary><c>record</c>: records in the foreground; with a hidden option it is the agent that <c>start</c> launches.</summary>
internal sealed class RecordCommand : ICommandDefinition
{
    private readonly Option<TimeSpan?> _duration = DurationOption.Create(
        "--duration", "How long; without it, until Ctrl-C or `stop`", TimeSpan.FromSeconds(1), TimeSpan.FromDays(30));

    private readonly Option<string?> _output = new("--output")
    {
        Description = "A folder to record to; then nothing needs to be configured",
        HelpName = "DIR",
    };

    private readonly Option<string?> _session = SessionOptions.Id("The session's id; without it, one is made");
    private readonly Option<string?> _platform = SessionOptions.Platform();

    private readonly Option<string?> _agent = new("--agent") { Hidden = true };

    private readonly Option<string[]> _variables = new("--session-variable") { Hidden = true, Arity = ArgumentArity.OneOrMore };

    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "record",
            "Record this desktop in the foreground.",
            ("record --output /tmp/recording --duration 15s", "15 seconds into a folder, with nothing configured"),
            ("record", "into the configured storage, until Ctrl-C or `stop`"));
        _output.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
            {
                result.AddError("--output is empty: name a folder");
            }
        });
        foreach (var option in (Option[])[_duration, _output, _session, _platform, services.Json, _agent, _variables])
        {
            command.Options.Add(option);
        }

        services.Run(command, (context, token) => context.Arguments.GetValue(_agent) is { } id
            ? RunAgentAsync(context, id, token)
            : RunForegroundAsync(context, token));
        return command;
    }

    private async Task<int> RunForegroundAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var output = context.Arguments.GetValue(_output);
        var duration = context.Arguments.GetValue(_duration);
        var configuration = context.LoadConfiguration();
        await using var host = new RecorderHost(configuration, context.Loggers);
        var request = new ForegroundRequest(
            context.Arguments.GetValue(_platform), context.Arguments.GetValue(_session), output, duration);
        var (session, report) = await context.Output.ShowProgressAsync("recording", progress =>
            new ForegroundRecorder(host).RunAsync(request, new RecordingProgress(progress, context, duration), cancellationToken));
        return StopOutput.Write(context, [new StoppedSession(report, Where(output, session))]);
    }

    private static string? Where(string? output, SessionDocument session) =>
        output is null ? null : Path.Combine(Path.GetFullPath(output), session.Prefix);

    private async Task<int> RunAgentAsync(CommandContext context, string id, CancellationToken cancellationToken)
    {
        DetachedProcess.Detach();
        var configuration = context.LoadConfiguration();
        var root = new SpoolRoot(configuration.Options.DataDirectory, configuration.Trust);
        using var log = new SessionLogs(configuration, context.Time).Open(root.ReadDocument(id) ?? throw NotThere(id));
        context.LogTo(log.Loggers);
        await using var host = new RecorderHost(configuration, context.Loggers, arePluginsInspected: true);
        var spool = host.Spool.TryAcquire(id) ?? throw NotThere(id);
        var sinks = host.SinksOf(spool);
        var report = await new AgentProcess(host, log).RunAsync(
            spool, SessionOf(spool.Document, context), sinks, discardIfNothing: false, _ => Task.CompletedTask, cancellationToken);
        return report.Delivered ? ExitCode.Done : ExitCode.NotDelivered;
    }

    private static CommandException NotThere(string id) => new(
        ExitCode.NothingToActOn, $"there is no session {id} in the spool, or another agent records it", "use `start`");

    /// <summary>Who is recorded stands in the spool; how the screen is reached was given to this process.</summary>
    private UserSession SessionOf(SessionDocument document, CommandContext context) => new()
    {
        Id = document.SessionId,
        User = document.User,
        UserId = document.UserId,
        Host = document.Host,
        SystemSession = document.SystemSession,
        Environment = (context.Arguments.GetValue(_variables) ?? [])
            .Where(name => Environment.GetEnvironmentVariable(name) is not null)
            .ToDictionary(name => name, name => Environment.GetEnvironmentVariable(name)!),
    };
}
