using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Service.Channel;

namespace SessionRecorder.Host.Service;

/// <summary>The service: keeps agents alive, delivers what is left behind, watches sessions, and answers users.</summary>
internal sealed partial class RecorderService(
    ServiceParts parts, AgentKeeper keeper, SessionWatch watch, UnseenWatch unseen, RequestHandler requests, ILoggerFactory loggers) : BackgroundService
{
    /// <summary>What agents get to close and deliver when the machine goes down; systems wait little longer.</summary>
    public static readonly TimeSpan MachineEndTimeout = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan ListenPause = TimeSpan.FromSeconds(10);

    private readonly ILogger _logger = loggers.CreateLogger<RecorderService>();

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        if (await parts.MachineEnd.IsNearAsync())
        {
            await StopAgentsAsync(cancellationToken);
        }

        await base.StopAsync(cancellationToken);
        await keeper.DisposeAsync();
        LogEnded();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host waits for what runs before the first await.
        await Task.Yield();
        LogRunning(parts.ChannelPath);
        await Task.WhenAll(
            keeper.RunAsync(stoppingToken),
            watch.RunAsync(stoppingToken),
            unseen.RunAsync(stoppingToken),
            ListenAsync(stoppingToken),
            parts.Beat?.Invoke(stoppingToken) ?? Task.CompletedTask);
    }

    /// <summary>Without its channel the service still keeps agents and delivers; it goes on trying to listen.</summary>
    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var server = new ServiceServer(
                    ServiceEndpoint.Listen(parts.ChannelPath, parts.Trust),
                    requests.For,
                    new ServiceLimits(),
                    parts.Time,
                    loggers.CreateLogger<ServiceServer>());
                await server.RunAsync(stoppingToken);
            }
            catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or UnauthorizedAccessException or RecorderException)
            {
                LogDeaf(parts.ChannelPath, e.Message);
                await Task.Delay(ListenPause, parts.Time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task StopAgentsAsync(CancellationToken cancellationToken)
    {
        LogMachineEnds();
        var agents = await parts.Recordings.AskAgentsAsync(cancellationToken);
        await Task.WhenAll(agents.Select(async agent =>
        {
            var delivered = await parts.Recordings.StopAsync(agent.SessionId, MachineEndTimeout, cancellationToken);
            LogStopped(agent.SessionId, delivered);
        }));
    }

    [LoggerMessage(EventId = 760, Level = LogLevel.Information, Message = "The service runs, and listens at {Path}")]
    private partial void LogRunning(string path);

    [LoggerMessage(EventId = 761, Level = LogLevel.Information, Message = "The service has ended; agents go on without it")]
    private partial void LogEnded();

    [LoggerMessage(EventId = 762, Level = LogLevel.Information, Message = "The machine goes down: recordings are ended")]
    private partial void LogMachineEnds();

    [LoggerMessage(EventId = 763, Level = LogLevel.Information, Message = "Session {SessionId} was ended; delivered: {Delivered}")]
    private partial void LogStopped(string sessionId, bool delivered);

    [LoggerMessage(EventId = 764, Level = LogLevel.Error, Message = "Users cannot ask the service, for it cannot listen at {Path}: {Reason}")]
    private partial void LogDeaf(string path, string reason);
}
