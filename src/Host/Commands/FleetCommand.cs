using System.CommandLine;
using System.Text.Json.Serialization;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Heartbeat;

namespace SessionRecorder.Host.Commands;

/// <summary><c>fleet</c>: what machines and sessions last told of themselves, by their heartbeats in storage.</summary>
internal sealed class FleetCommand : ICommandDefinition
{
    private readonly Option<string?> _storage = StoredRecordings.Storage();
    private readonly Option<bool> _trouble = new("--trouble") { Description = "Only what wants somebody to look: silent, unrecorded, unreadable" };

    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "fleet",
            "Show what machines and sessions last told of themselves, by their heartbeats in storage. Exit code 5 when one is silent or a session is unrecorded.",
            ("fleet --trouble", "sessions that run without a recording, and agents that fell silent"),
            ("fleet --json", "all of it, for a program"));
        command.Options.Add(_storage);
        command.Options.Add(_trouble);
        command.Options.Add(services.Json);
        services.Run(command, RunAsync);
        return command;
    }

    /// <summary>A line of the table. What stands in storage was written by others, and users choose their names.</summary>
    public static string[] RowOf(FleetEntry entry) =>
    [
        .. new[]
        {
            entry.Host, entry.SystemSession ?? "-", entry.User ?? "-", entry.SessionId ?? "-", entry.State,
            entry.At is { } at ? CatalogOutput.Moment(at) : "-", entry.Remark ?? "",
        }.Select(CatalogOutput.Printable),
    ];

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var keyPrefix = context.LoadConfiguration().Options.KeyPrefix;
        await using var stored = await StoredRecordings.OpenAsync(context, _storage, cancellationToken);
        var all = await FleetReport.ReadAsync(stored.Sink, keyPrefix, context.Time.GetUtcNow(), cancellationToken);
        var entries = context.Arguments.GetValue(_trouble) ? all.Where(entry => entry.IsTrouble).ToArray() : all;
        if (entries.Count == 0)
        {
            stored.Output.Error.WriteLine(all.Count == 0 ? "no heartbeats: set Heartbeat:Interval" : "no trouble");
        }

        context.Output.WriteJson(entries, FleetJson.Default.IReadOnlyListFleetEntry);
        context.Output.WriteTable(
            ["HOST", "SCREEN", "USER", "SESSION", "STATE", "TOLD", "REMARK"],
            [
                .. entries.Select(RowOf),
            ]);
        return all.Any(entry => entry.IsTrouble) ? ExitCode.VerificationFailed : ExitCode.Done;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<FleetEntry>))]
internal sealed partial class FleetJson : JsonSerializerContext;
