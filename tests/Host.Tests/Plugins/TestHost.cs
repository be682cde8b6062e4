using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Plugins;
using SessionRecorder.Tests.Sessions;

namespace SessionRecorder.Tests.Plugins;

/// <summary>What a host gives its plugins, with everything that they log kept.</summary>
internal sealed class TestHost : ILoggerProvider, IProcessSupervisor
{
    public ConcurrentQueue<string> Log { get; } = [];

    public HostServices Services(TimeProvider? time = null) => new()
    {
        Time = time ?? TimeProvider.System,
        Processes = this,
        Sessions = new FakeSessions(),
        LoggerFactory = new LoggerFactory([this], new LoggerFilterOptions { MinLevel = LogLevel.Trace }),
    };

    /// <summary>An options section as it stands in a configuration, under <c>Storage:archive:Options</c>.</summary>
    public static IConfigurationSection Options(params (string Key, string Value)[] options) => new ConfigurationBuilder()
        .AddInMemoryCollection(options.Select(o => KeyValuePair.Create<string, string?>($"Storage:archive:Options:{o.Key}", o.Value)))
        .Build()
        .GetSection("Storage:archive:Options");

    public IChildProcess Start(ProcessStart start) => throw new NotSupportedException();

    public ILaunchedProcess StartDetached(ProcessStart start) => throw new NotSupportedException();

    public ILogger CreateLogger(string categoryName) => new Keeper(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Keeper(TestHost host, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            host.Log.Enqueue($"{logLevel} {category}: {formatter(state, exception)}");
    }
}
