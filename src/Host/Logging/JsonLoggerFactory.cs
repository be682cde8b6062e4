using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace SessionRecorder.Host.Logging;

/// <summary>Writes log lines as JSON to files, each at once. Thread-safe; disposing closes the file.</summary>
/// <param name="files">The files.</param>
/// <param name="least">The least that is written.</param>
/// <param name="sessionId">The session that each line names, or null.</param>
/// <param name="secrets">What is hidden.</param>
/// <param name="time">The clock.</param>
internal sealed class JsonLoggerFactory(
    LogFiles files, LogLevel least, string? sessionId, LogSecrets secrets, TimeProvider time) : ILoggerFactory
{
    /// <summary>Of the line that tells of lines that could not be written.</summary>
    private static readonly EventId LinesLost = new(930, nameof(LinesLost));

    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private Utf8JsonWriter? _json;
    private long _lost;

    public ILogger CreateLogger(string categoryName) => new JsonLogger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) =>
        throw new NotSupportedException("this factory writes to its own files alone");

    public void Dispose() => files.Dispose();

    private void Write(in LogRecord entry)
    {
        lock (_gate)
        {
            _buffer.ResetWrittenCount();
            if (_lost > 0)
            {
                Append(new LogRecord(
                    entry.At,
                    LogLevel.Warning,
                    LinesLost,
                    typeof(JsonLoggerFactory).FullName!,
                    sessionId,
                    $"{_lost} lines before this one could not be written",
                    new KeyValuePair<string, object?>[] { new("Lines", _lost) },
                    null));
            }

            Append(entry);
            _lost = files.TryWrite(_buffer.WrittenSpan) ? 0 : _lost + 1;
        }
    }

    private void Append(in LogRecord entry)
    {
        _json ??= new Utf8JsonWriter(_buffer);
        _json.Reset(_buffer);
        LogLine.Write(_json, entry, secrets);
        _buffer.Write("\n"u8);
    }

    private sealed class JsonLogger(JsonLoggerFactory factory, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= factory.Least && logLevel < LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                factory.Write(new LogRecord(
                    factory.Now, logLevel, eventId, category, factory.SessionId, formatter(state, exception), state, exception));
            }
        }
    }

    private LogLevel Least => least;

    private string? SessionId => sessionId;

    private DateTimeOffset Now => time.GetUtcNow();
}
