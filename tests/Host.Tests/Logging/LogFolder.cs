using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Logging;

namespace SessionRecorder.Tests.Logging;

/// <summary>A folder of log files.</summary>
internal sealed class LogFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("recorder-log-");

    public string Path => _folder.FullName;

    public IReadOnlyList<string> Names => [.. _folder.EnumerateFiles().Select(file => file.Name).Order(StringComparer.Ordinal)];

    /// <summary>What the files hold, also while one is being written.</summary>
    public string Text => string.Concat(Names.Select(Read));

    /// <summary>Its lines, each read as JSON.</summary>
    public IReadOnlyList<JsonElement> Lines => [.. Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    public string Read(string name)
    {
        using var reader = new StreamReader(new FileStream(
            System.IO.Path.Combine(Path, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    public LogFiles Files(long maxBytes = 1_000_000, int maxFiles = 30, bool keepsAll = false) =>
        new(Path, keepsAll) { MaxBytes = maxBytes, MaxFiles = maxFiles };

    public ILoggerFactory Loggers(
        LogFiles? files = null, LogLevel least = LogLevel.Information, IDictionary<string, string?>? configuration = null, TimeProvider? time = null) =>
        new JsonLoggerFactory(
            files ?? Files(),
            least,
            "session-1",
            LogSecrets.Of(new ConfigurationBuilder().AddInMemoryCollection(configuration ?? new Dictionary<string, string?>()).Build()),
            time ?? TimeProvider.System);

    public void Dispose() => _folder.Delete(recursive: true);
}
