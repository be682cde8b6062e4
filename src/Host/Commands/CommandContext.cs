using System.CommandLine;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Commands.Output;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Logging;
using SessionRecorder.Host.Plugins;
using SessionRecorder.Host.Sessions;

namespace SessionRecorder.Host.Commands;

/// <summary>One run of a command: what was typed, and what it works with.</summary>
internal sealed class CommandContext : IDisposable
{
    private readonly CommandServices _services;
    private readonly Func<ILoggerFactory, IProcessSupervisor> _newSupervisor;

    public CommandContext(
        CommandServices services, ParseResult arguments, TimeProvider time, Func<ILoggerFactory, IProcessSupervisor> newSupervisor)
    {
        _services = services;
        _newSupervisor = newSupervisor;
        Arguments = arguments;
        Time = time;
        Output = new CommandOutput(services.Console, arguments.GetValue(services.Json));
        Loggers = Verbose ? RecorderLogging.ToWriter(services.Console.Error, time) : NullLoggerFactory.Instance;
    }

    public ParseResult Arguments { get; }

    public TimeProvider Time { get; }

    public CommandOutput Output { get; }

    /// <summary>Standard error with <c>--verbose</c>, else nowhere, until <see cref="LogTo"/>.</summary>
    public ILoggerFactory Loggers { get; private set; }

    public bool Verbose => Arguments.GetValue(_services.Verbose);

    /// <summary>What <c>--config</c> names; null where it is not given.</summary>
    public string? ConfigurationFile => Arguments.GetValue(_services.Config);

    /// <summary>Has everything made from now on log elsewhere.</summary>
    /// <param name="loggers">Disposed with this.</param>
    public void LogTo(ILoggerFactory loggers)
    {
        Loggers.Dispose();
        Loggers = loggers;
    }

    /// <summary>Reads the configuration.</summary>
    /// <param name="overrides">What the command's options set, as <see cref="ConfigurationLoader"/> takes it.</param>
    /// <exception cref="ConfigurationException">It is wrong.</exception>
    public RecorderConfiguration LoadConfiguration(IReadOnlyDictionary<string, string?>? overrides = null) =>
        ConfigurationFile is "" ? throw CommandException.Usage("--config is empty", "name a file, or leave the option out") :
        ConfigurationLoader.Load(ConfigurationFile, overrides ?? new Dictionary<string, string?>(), _services.Trust);

    /// <summary>What plugins are made with.</summary>
    public HostServices CreateHostServices(RecorderConfiguration? configuration, UserSession? session = null) => new()
    {
        Time = Time,
        Processes = _newSupervisor(Loggers),
        Sessions = SystemSessions.Create(Loggers),
        LoggerFactory = Loggers,
        Session = session,
        Sources = configuration?.Sources,
    };

    /// <summary>The plugins that are installed for a configuration.</summary>
    public static PluginHost CreatePluginHost(RecorderConfiguration configuration) =>
        new(PluginCatalog.Read(configuration.Options.PluginDirectory, configuration.Trust));

    public void Dispose() => Loggers.Dispose();
}
