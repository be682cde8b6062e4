using System.CommandLine;
using System.Text.Json.Serialization;
using SessionRecorder.Host.Diagnostics;

namespace SessionRecorder.Host.Commands;

/// <summary><c>doctor</c>: can this machine record, and if not, what to do.</summary>
internal sealed class DoctorCommand : ICommandDefinition
{
    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "doctor",
            "Find out whether this machine can record and deliver, and if not, what to do. Changes nothing. "
                + "Exit code 2 when the configuration is wrong, 1 for any other problem.",
            ("doctor", "examine everything that the configuration uses"),
            ("doctor --json --config ./recorder.json", "the same for a program, with another configuration"));
        command.Options.Add(services.Json);
        services.Run(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var doctor = new Doctor(() => context.LoadConfiguration(), context.CreateHostServices);
        List<DoctorFinding> findings = [];
        await foreach (var finding in doctor.ExamineAsync(cancellationToken))
        {
            var level = finding.Level.ToString().ToLowerInvariant();
            findings.Add(new DoctorFinding(level, finding.Subject, finding.Message, finding.Remedy));
            context.Output.WriteLine($"{level,-8} {finding.Subject}: {finding.Message}");
            if (finding.Remedy is not null && finding.Level != FindingLevel.Ok)
            {
                context.Output.WriteLine($"{"",-8}   -> {finding.Remedy}");
            }
        }

        var problems = findings.Count(f => f.Level == "problem");
        context.Output.WriteJson(new DoctorReport(problems == 0, findings), DoctorJson.Default.DoctorReport);
        context.Output.WriteLine(problems switch
        {
            0 => "this machine can record",
            1 => "1 problem is in the way of recording or delivery",
            _ => $"{problems} problems are in the way of recording or delivery",
        });
        return problems == 0 ? ExitCode.Done : doctor.IsConfigurationWrong ? ExitCode.Usage : ExitCode.Failed;
    }
}

/// <summary>What <c>doctor --json</c> prints.</summary>
internal sealed record DoctorReport(bool Ok, IReadOnlyList<DoctorFinding> Findings);

/// <summary>A finding; its level is <c>ok</c>, <c>warning</c> or <c>problem</c>.</summary>
internal sealed record DoctorFinding(string Level, string Subject, string Message, string? Remedy);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
