using System.Globalization;
using Microsoft.Extensions.Logging;

namespace SessionRecorder.Host.Logging;

/// <summary>Writes log lines to a writer, a line each. Thread-safe. The writer stays open.</summary>
internal sealed class WriterLoggerFactory(TextWriter writer, TimeProvider time) : ILoggerFactory
{
    private readonly Lock _lock = new();

    public ILogger CreateLogger(string categoryName) => new WriterLogger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) =>
        throw new NotSupportedException("this factory writes to one writer alone");

    public void Dispose()
    {
        lock (_lock)
        {
            writer.Flush();
        }
    }

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        var at = time.GetUtcNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        var shortCategory = category[(category.LastIndexOf('.') + 1)..];
        lock (_lock)
        {
            writer.WriteLine($"{at} {level} {shortCategory}: {message}");
            if (exception is not null)
            {
                writer.WriteLine(exception);
            }
        }
    }

    private sealed class WriterLogger(WriterLoggerFactory factory, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Debug and < LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                factory.Write(logLevel, category, formatter(state, exception), exception);
            }
        }
    }
}
