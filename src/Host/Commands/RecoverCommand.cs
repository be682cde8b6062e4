using System.CommandLine;
using System.Text.Json.Serialization;
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

    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "recover",
            "Repair and deliver what earlier sessions left in the spool: after a crash, a power cut, or a storage that did not answer.",
            ("recover", "deliver everything"),
            ("recover --timeout 1m", "give up after a minute; the rest stays in the spool"));
        command.Options.Add(_timeout);
        command.Options.Add(services.Json);
        services.Run(command, RunAsync);
        return command;
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await using var host = new RecorderHost(context.LoadConfiguration(), context.Loggers);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(context.Arguments.GetValue(_timeout) ?? DefaultTimeout);
        if (host.Spool.ListIds().All(host.Spool.IsHeld))
        {
            context.Output.WriteJson([], RecoverJson.Default.IReadOnlyListRecoveredSession);
            context.Output.WriteLine("nothing was left behind");
            return ExitCode.Done;
        }

        var recovered = await context.Output.ShowProgressAsync("recovering", progress =>
            host.CreateRecovery().RunAsync(session => progress.Report(Describe(session)), deadline.Token));
        context.Output.WriteJson(recovered, RecoverJson.Default.IReadOnlyListRecoveredSession);
        var undelivered = recovered.Where(session => !session.Delivered).ToArray();
        foreach (var session in undelivered)
        {
            context.Output.Warn($"{Describe(session)}; run recover again");
        }

        return undelivered.Length == 0 ? ExitCode.Done : ExitCode.NotDelivered;
    }

    private static string Describe(RecoveredSession session) => session.Delivered
        ? $"session {session.SessionId}: all {session.Segments} segments are stored"
        : $"session {session.SessionId} stays in the spool" + (session.Error is { } error ? $": {error}" : "");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<RecoveredSession>))]
internal sealed partial class RecoverJson : JsonSerializerContext;
