using System.CommandLine;
using System.Text.Json.Serialization;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Recording;

namespace SessionRecorder.Host.Commands;

/// <summary><c>recover</c>: finishes and delivers what earlier sessions left behind.</summary>
internal sealed class RecoverCommand : ICommandDefinition
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(10);

    private readonly Option<TimeSpan?> _timeout = DurationOption.Create(
        "--timeout",
        "How long to go on while a storage does not answer",
        TimeSpan.FromSeconds(1),
        TimeSpan.FromDays(7),
        DefaultTimeout);

    private readonly Option<bool> _fromStorage = new("--from-storage")
    {
        Description = "Recover sessions whose machine is gone, from what it sent to storage while it recorded",
    };

    private readonly Option<string?> _session = SessionOptions.Id("With --from-storage: this session alone");

    private readonly Option<string[]> _sinks = new("--sink")
    {
        Description = "With --from-storage: this sink of the configuration alone; may be given again",
        HelpName = "NAME",
    };

    private readonly Option<TimeSpan?> _olderThan = DurationOption.Create(
        "--older-than",
        "With --from-storage: how long ago a session must have shown its last sign of life, by the clocks of storage and of this machine",
        TimeSpan.FromSeconds(1),
        TimeSpan.FromDays(365),
        OpenSession.Silence);

    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "recover",
            "Repair and deliver what earlier sessions left in the spool: after a crash, a power cut, or a storage that did not answer.",
            ("recover", "deliver everything"),
            ("recover --timeout 1m", "give up after a minute; the rest stays in the spool"),
            ("recover --from-storage", "finish in storage what machines that are gone left there, on any machine"));
        command.Options.Add(_timeout);
        command.Options.Add(_fromStorage);
        command.Options.Add(_session);
        command.Options.Add(_sinks);
        command.Options.Add(_olderThan);
        command.Validators.Add(result =>
        {
            if (!result.GetValue(_fromStorage)
                && (result.GetResult(_session) ?? result.GetResult(_sinks) ?? (object?)result.GetResult(_olderThan)) is not null)
            {
                result.AddError("--session, --sink and --older-than can be given only with --from-storage");
            }
        });
        command.Options.Add(services.Json);
        services.Run(command, RunAsync);
        return command;
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await using var host = new RecorderHost(context.LoadConfiguration(), context.Loggers);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(context.Arguments.GetValue(_timeout) ?? DefaultTimeout);
        if (context.Arguments.GetValue(_fromStorage))
        {
            return await RunFromStorageAsync(context, host, deadline.Token);
        }

        IReadOnlyList<RecoveredSession> recovered = host.Spool.ListIds().All(host.Spool.IsHeld)
            ? []
            : await context.Output.ShowProgressAsync("recovering", progress =>
                host.CreateRecovery().RunAsync(session => progress.Report(Describe(session)), deadline.Token));
        recovered = [.. recovered, .. await FindHeldAsync(context, host, recovered, cancellationToken)];
        if (recovered.Count == 0)
        {
            context.Output.WriteLine("nothing was left behind");
        }

        context.Output.WriteJson(recovered, RecoverJson.Default.IReadOnlyListRecoveredSession);
        foreach (var session in recovered)
        {
            if (session.Unreadable is { } unreadable)
            {
                context.Output.Warn(SinkText.Unreadable(session.SessionId, unreadable));
            }

            foreach (var lacking in SinkText.Lacking(session.SessionId, session.Sinks))
            {
                context.Output.Warn(lacking);
            }
        }

        var undelivered = recovered.Where(session => !session.Delivered).ToArray();
        foreach (var session in undelivered)
        {
            context.Output.Warn($"{Describe(session)}; run recover again");
        }

        return undelivered.Length == 0 ? ExitCode.Done : ExitCode.NotDelivered;
    }

    /// <summary>
    /// What another process has in hand. A session whose agent answers is not left behind, and told of only. Any other is:
    /// its holder is delivering it, and nobody knows yet whether it will succeed.
    /// </summary>
    private static async Task<IReadOnlyList<RecoveredSession>> FindHeldAsync(
        CommandContext context, RecorderHost host, IReadOnlyList<RecoveredSession> known, CancellationToken cancellationToken)
    {
        var agents = new RunningAgents(host);
        var held = new List<RecoveredSession>();
        foreach (var id in agents.Held().Select(session => session.SessionId).Except(known.Select(session => session.SessionId)).ToArray())
        {
            if (await agents.AskAsync(id, cancellationToken) is { } agent)
            {
                context.Output.WriteLine($"session {id} is being recorded or delivered by its agent, process {agent.ProcessId}");
            }
            else if (host.Spool.IsHeld(id))
            {
                held.Add(new RecoveredSession(id, false, 0, 0, host.BacklogOf(id)?.Sinks ?? [], "another process holds it, which delivers it or hangs"));
            }
        }

        return held;
    }

    private async Task<int> RunFromStorageAsync(CommandContext context, RecorderHost host, CancellationToken cancellationToken)
    {
        var session = context.Arguments.GetValue(_session);
        var results = new List<StorageRecoveryResult>();
        foreach (var (name, sink) in ChooseSinks(host, context.Arguments.GetValue(_sinks) ?? []))
        {
            results.AddRange(await context.Output.ShowProgressAsync($"recovering from {name}", progress =>
                host.CreateStorageRecovery().RunAsync(
                    name,
                    sink,
                    host.Options.KeyPrefix,
                    session,
                    context.Arguments.GetValue(_olderThan) ?? OpenSession.Silence,
                    result => progress.Report(Describe(result)),
                    cancellationToken)));
        }

        context.Output.WriteJson(results, RecoverJson.Default.IReadOnlyListStorageRecoveryResult);
        if (results.Count == 0)
        {
            context.Output.WriteLine(session is null ? "every session in storage is sealed" : $"no session {session} is in storage unsealed");
            return session is null ? ExitCode.Done : ExitCode.NothingToActOn;
        }

        foreach (var result in results.Where(result => result.Reason is not null))
        {
            context.Output.Warn(Describe(result));
        }

        return results.Any(result => !result.IsDelivered && !result.IsSkipped) ? ExitCode.NotDelivered
            : session is not null && results.All(result => result.IsSkipped) ? ExitCode.NothingToActOn
            : ExitCode.Done;
    }

    private static IEnumerable<KeyValuePair<string, IStorageSink>> ChooseSinks(RecorderHost host, string[] names)
    {
        var sinks = host.CreateSinks();
        return names.FirstOrDefault(name => !sinks.ContainsKey(name)) is { } unknown
            ? throw CommandException.Usage($"--sink '{unknown}' is not configured", $"name one of {string.Join(", ", sinks.Keys)}")
            : sinks.Where(sink => names.Length == 0 || names.Contains(sink.Key));
    }

    private static string Describe(StorageRecoveryResult result) =>
        $"session {result.SessionId} in {result.Sink}: "
        + (result.IsDelivered ? $"recovered, {result.Segments} segments, {result.Gaps} gaps" : result.IsSkipped ? "left as it is" : "not recovered")
        + (result.Reason is { } reason ? $": {reason}" : "");

    private static string Describe(RecoveredSession session) => session.Delivered
        ? $"session {session.SessionId}: all {session.Segments} segments are stored"
        : $"session {session.SessionId} stays in the spool" + (session.Error is { } error ? $": {error}" : "");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<RecoveredSession>))]
[JsonSerializable(typeof(IReadOnlyList<StorageRecoveryResult>))]
internal sealed partial class RecoverJson : JsonSerializerContext;
