using System.CommandLine;
using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Trust;
using SessionRecorder.Tests.Plugins;

namespace SessionRecorder.Tests.Commands;

/// <summary>Runs the command line in this process, as the program does, and keeps what it writes.</summary>
internal sealed class CommandRun : IDisposable
{
    private readonly TestHost _host = new();
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public string Out => _out.ToString().ReplaceLineEndings("\n");

    public string Error => _error.ToString().ReplaceLineEndings("\n");

    public async Task<int> RunAsync(IEnumerable<ICommandDefinition> commands, params string[] arguments)
    {
        var services = new CommandServices(new CommandConsole(_out, _error, IsTerminal: false), TimeProvider.System, _ => _host, TrustPolicy.Off);
        return await CommandLine.RunAsync(arguments, services, commands, TestContext.Current.CancellationToken);
    }

    public Task<int> RunAsync(params string[] arguments) =>
        RunAsync([new PluginsCommand(), new DoctorCommand()], arguments);

    public void Dispose()
    {
        _out.Dispose();
        _error.Dispose();
        _host.Dispose();
    }
}

/// <summary>A command <c>try</c> that does what a test wants.</summary>
internal sealed class TryCommand(Func<CommandContext, CancellationToken, Task<int>> action) : ICommandDefinition
{
    public static Option<TimeSpan?> Timeout { get; } = DurationOption.Create(
        "--timeout", "How long to wait", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), TimeSpan.FromSeconds(50));

    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples("try", "Tries something.", ("try --timeout 5s", "try for five seconds"));
        command.Options.Add(services.Json);
        command.Options.Add(Timeout);
        services.Run(command, action);
        return command;
    }
}
