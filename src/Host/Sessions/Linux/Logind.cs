using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>systemd-logind over the system's message bus. Where there is none, one line says so, and all goes on without.</summary>
/// <param name="address">The bus.</param>
/// <param name="logger">Where that line goes.</param>
[SupportedOSPlatform("linux")]
internal sealed partial class Logind(string address, ILogger<Logind> logger) : ILogind
{
    private const string Service = "org.freedesktop.login1";
    private const string Manager = "org.freedesktop.login1.Manager";
    private const string Session = "org.freedesktop.login1.Session";
    private const string Properties = "org.freedesktop.DBus.Properties";
    private const string ManagerPath = "/org/freedesktop/login1";

    private string? _failure;

    public IReadOnlyList<LogindSession>? List()
    {
        try
        {
            using var bus = new SystemBus(address);
            var answer = bus.Call(Service, ManagerPath, Manager, "ListSessions");
            var sessions = Items(answer).Select(row => Read(bus, row)).OfType<LogindSession>().ToList();
            _failure = null;
            return sessions;
        }
        catch (SystemBusException e)
        {
            if (Interlocked.Exchange(ref _failure, e.Message) != e.Message)
            {
                LogMissing(e.Message);
            }

            return null;
        }
    }

    public void Terminate(string id)
    {
        using var bus = new SystemBus(address);
        bus.Call(Service, ManagerPath, Manager, "TerminateSession", id);
    }

    public IDisposable Listen(Action onChange) => new LogindListener(address, onChange);

    /// <summary>A row of ListSessions: id, user's number, user's name, seat, object path.</summary>
    private static LogindSession? Read(SystemBus bus, object? row)
    {
        if (Items(row) is not [string id, long userId, _, _, string path])
        {
            return null;
        }

        try
        {
            var properties = Items(bus.Call(Service, path, Properties, "GetAll", Session))
                .Select(Items)
                .Where(entry => entry is [string, _])
                .ToDictionary(entry => (string)entry[0]!, entry => entry[1], StringComparer.Ordinal);
            return new LogindSession(
                id,
                (uint)userId,
                Text(properties, "Class"),
                Text(properties, "State"),
                Text(properties, "Display"),
                properties.GetValueOrDefault("VTNr") is long terminal ? (uint)terminal : 0,
                properties.GetValueOrDefault("Active") is not false,
                properties.GetValueOrDefault("LockedHint") is true)
            {
                Type = Text(properties, "Type"),
                Since = properties.GetValueOrDefault("Timestamp") is long and > 0 and var since
                    ? DateTimeOffset.UnixEpoch.AddMicroseconds(since) : null,
            };
        }
        catch (SystemBusException)
        {
            // It ended while it was asked about.
            return null;
        }
    }

    private static IReadOnlyList<object?> Items(object? value) => value as IReadOnlyList<object?> ?? [];

    private static string Text(Dictionary<string, object?> properties, string name) => properties.GetValueOrDefault(name) as string ?? "";

    [LoggerMessage(EventId = 371, Level = LogLevel.Information, Message = "There is no logind to ask ({Reason}): locking is not noticed, and sessions are known by their X servers alone")]
    private partial void LogMissing(string reason);
}
