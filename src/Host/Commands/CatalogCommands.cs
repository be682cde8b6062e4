using System.CommandLine;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Hosting;
using Spectre.Console;

namespace SessionRecorder.Host.Commands;

/// <summary><c>list</c>: the recordings that a storage holds.</summary>
internal sealed class ListCommand : ICommandDefinition
{
    private readonly Option<string?> _storage = StoredRecordings.Storage();
    private readonly Option<string> _prefix = new("--prefix")
    {
        Description = "Only recordings whose place in storage begins so",
        HelpName = "PREFIX",
        DefaultValueFactory = _ => "",
    };

    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "list",
            "List the recordings that a storage holds, complete or still being recorded.",
            ("list", "of the configured storage"),
            ("list --storage /tmp/recording", "of a folder"));
        command.Options.Add(_storage);
        command.Options.Add(_prefix);
        command.Options.Add(services.Json);
        services.Run(command, async (context, token) =>
        {
            await using var stored = await StoredRecordings.OpenAsync(context, _storage, token);
            return await new ListView(stored.Output).RunAsync(stored.Sink, context.Arguments.GetValue(_prefix) ?? "", token);
        });
        return command;
    }
}

/// <summary><c>show</c>: one recording: what is known, its segments and its gaps on one time line.</summary>
internal sealed class ShowCommand : ICommandDefinition
{
    private readonly Option<string?> _storage = StoredRecordings.Storage();
    private readonly Argument<string> _session = StoredRecordings.Session(ArgumentArity.ExactlyOne);

    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "show",
            "Show a recording: who and where, its segments and its gaps with their causes.",
            ("show 20261123T080000Z-host-1a2b3c", "by its id"),
            ("show exam-17 --storage /tmp/recording --json", "from a folder, for a program"));
        command.Arguments.Add(_session);
        command.Options.Add(_storage);
        command.Options.Add(services.Json);
        services.Run(command, async (context, token) =>
        {
            await using var stored = await StoredRecordings.OpenAsync(context, _storage, token);
            return await new ShowView(stored.Output).RunAsync(stored.Sink, context.Arguments.GetRequiredValue(_session), token);
        });
        return command;
    }
}

/// <summary><c>verify</c>: proves that recordings are whole and unchanged.</summary>
internal sealed class VerifyCommand : ICommandDefinition
{
    private readonly Option<string?> _storage = StoredRecordings.Storage();
    private readonly Argument<string> _session = StoredRecordings.Session(ArgumentArity.ZeroOrOne);

    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "verify",
            "Prove that a recording is whole and unchanged: hash chain, every segment's SHA-256, every second accounted for. "
                + "Exit code 5 names what is wrong.",
            ("verify 20261123T080000Z-host-1a2b3c", "one recording"),
            ("verify --storage /tmp/recording", "every recording in a folder"));
        command.Arguments.Add(_session);
        command.Options.Add(_storage);
        command.Options.Add(services.Json);
        services.Run(command, async (context, token) =>
        {
            await using var stored = await StoredRecordings.OpenAsync(context, _storage, token);
            return context.Arguments.GetValue(_session) is { } session
                ? await new VerifyView(stored.Output).RunAsync(stored.Sink, session, token)
                : await new VerifyView(stored.Output).RunAllAsync(stored.Sink, token);
        });
        return command;
    }
}

/// <summary>The storage that <c>list</c>, <c>show</c> and <c>verify</c> look into.</summary>
internal sealed class StoredRecordings : IAsyncDisposable
{
    private readonly RecorderHost _host;

    private StoredRecordings(RecorderHost host, IStorageSink sink, CatalogOutput output) =>
        (_host, Sink, Output) = (host, sink, output);

    public IStorageSink Sink { get; }

    public CatalogOutput Output { get; }

    public static Option<string?> Storage() => new("--storage")
    {
        Description = "Where to look: a sink's name in the configuration, or a folder; by default the only sink there is",
        HelpName = "SINK|DIR",
    };

    public static Argument<string> Session(ArgumentArity arity) => new("SESSION")
    {
        Description = "The session's id, or its whole prefix in storage" + (arity.MinimumNumberOfValues == 0 ? "; without it, all" : ""),
        Arity = arity,
    };

    public static async Task<StoredRecordings> OpenAsync(
        CommandContext context, Option<string?> storage, CancellationToken cancellationToken)
    {
        var host = new RecorderHost(context.LoadConfiguration(), context.Loggers);
        var sink = await FindSinkAsync(host, context.Arguments.GetValue(storage), cancellationToken);
        return new StoredRecordings(host, sink, context.Output.ForCatalog());
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private static async Task<IStorageSink> FindSinkAsync(RecorderHost host, string? name, CancellationToken cancellationToken)
    {
        var configured = host.Options.Storage;
        if (name is not null && configured.ContainsKey(name))
        {
            return host.CreateSinks()[name];
        }

        if (name is not null)
        {
            return Directory.Exists(name)
                ? await host.CreateFolderSinkAsync(name, check: false, cancellationToken)
                : throw CommandException.Usage(
                    $"--storage '{name}' is neither a configured sink nor a folder",
                    configured.Count == 0 ? "name a folder" : $"name a folder or one of {string.Join(", ", configured.Keys)}");
        }

        host.Configuration.RequireStorage();
        return configured.Count == 1
            ? host.CreateSinks().Values.Single()
            : throw CommandException.Usage(
                $"several sinks are configured: {string.Join(", ", configured.Keys)}", "name one with --storage");
    }
}
