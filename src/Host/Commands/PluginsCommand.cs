using System.CommandLine;
using System.Text.Json.Serialization;
using SessionRecorder.Host.Plugins;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Commands;

/// <summary><c>plugins list|check</c>: for operators and plugin authors.</summary>
internal sealed class PluginsCommand : ICommandDefinition
{
    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "plugins",
            "Look at the plugins that are installed.",
            ("plugins list", "which plugins are there"),
            ("plugins check ./artifacts/storage.mine", "would the host take this plugin?"));
        command.Subcommands.Add(BuildList(services));
        command.Subcommands.Add(BuildCheck(services));
        CommandServices.RunGroup(command);
        return command;
    }

    private static CommandWithExamples BuildList(CommandServices services)
    {
        var list = new CommandWithExamples(
            "list",
            "List the installed plugins, without loading them.",
            ("plugins list", "the plugins in the configured PluginDirectory"),
            ("plugins list --json", "the same for a program"));
        list.Options.Add(services.Json);
        services.Run(list, (context, _) =>
        {
            var configuration = context.LoadConfiguration();
            var catalog = PluginCatalog.Read(configuration.Options.PluginDirectory, configuration.Trust);
            Show(context, catalog);
            return Task.FromResult(ExitCode.Done);
        });
        return list;
    }

    private static void Show(CommandContext context, PluginCatalog catalog)
    {
        var rows = catalog.Plugins
            .Select(p => new PluginRow(p.Id, p.Version, p.MinimumCoreVersion.ToString(), p.Description, p.Folder, null))
            .Concat(catalog.Broken.Select(b => new PluginRow(
                b.PluginId, null, null, null, Path.Combine(catalog.Directory, b.PluginId), ErrorReport.WithRemedy(b))))
            .OrderBy(p => p.Id, StringComparer.Ordinal)
            .ToArray();
        context.Output.WriteJson(new PluginList(catalog.Directory, rows), PluginsJson.Default.PluginList);
        if (rows.Length == 0)
        {
            context.Output.WriteLine($"no plugin is installed in {catalog.Directory}");
            return;
        }

        context.Output.WriteTable(
            ["PLUGIN", "VERSION", "CORE", "DESCRIPTION"],
            [.. rows.Select(p => new[] { p.Id, p.Version ?? "-", p.MinimumCore ?? "-", p.Description ?? "broken: " + p.Problem })]);
    }

    private static CommandWithExamples BuildCheck(CommandServices services)
    {
        var folder = new Argument<string>("FOLDER") { Description = "The plugin's published folder, named as the plugin's id" };
        var check = new CommandWithExamples(
            "check",
            "Load a plugin as the host would, and say whether it fits.",
            ("plugins check ./artifacts/storage.mine", "check a plugin before installing it"));
        check.Arguments.Add(folder);
        services.Run(check, (context, _) =>
        {
            Check(context, services.Trust, Path.GetFullPath(context.Arguments.GetRequiredValue(folder)));
            return Task.FromResult(ExitCode.Done);
        });
        return check;
    }

    private static void Check(CommandContext context, TrustPolicy trust, string folder)
    {
        folder = Path.TrimEndingDirectorySeparator(folder);
        if (!Directory.Exists(folder))
        {
            throw CommandException.Usage($"there is no folder {folder}", "give the plugin's published folder");
        }

        var manifest = PluginManifest.Read(folder);
        var plugins = new PluginHost(PluginCatalog.Read(Path.GetDirectoryName(folder)!, trust));
        var (_, needs) = plugins.Check(manifest.Kind, manifest.Name, context.CreateHostServices(null));
        context.Output.WriteLine(
            $"{manifest.Id} {manifest.Version} fits: it loads, and registers {PluginKind.ContractOf(manifest.Kind)!.Name}");
        foreach (var need in needs)
        {
            context.Output.WriteLine($"it needs the option {need}");
        }
    }
}

/// <summary>What <c>plugins list --json</c> prints.</summary>
internal sealed record PluginList(string Directory, IReadOnlyList<PluginRow> Plugins);

/// <summary>A plugin; a broken one has a problem and little else.</summary>
internal sealed record PluginRow(
    string Id, string? Version, string? MinimumCore, string? Description, string Folder, string? Problem);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(PluginList))]
internal sealed partial class PluginsJson : JsonSerializerContext;
