using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Recording;

/// <summary>Finishes and delivers what recorders left behind that died, or that ended before all was delivered.</summary>
/// <remarks>Safe beside running agents and other recoveries: a session belongs to who holds its lock.</remarks>
internal sealed partial class OrphanRecovery(
    SpoolRoot root, SessionRepair repair, Func<SpoolSession, IReadOnlyDictionary<string, IStorageSink>> sinksOf, TimeProvider time, ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger<OrphanRecovery>();

    /// <summary>Recovers every session that nobody holds.</summary>
    /// <param name="onRecovered">Told of each, as it is done.</param>
    /// <param name="cancellationToken">The deadline: what is not delivered by then stays in the spool.</param>
    /// <returns>What became of them.</returns>
    public async Task<IReadOnlyList<RecoveredSession>> RunAsync(
        Action<RecoveredSession> onRecovered, CancellationToken cancellationToken)
    {
        root.RemoveDeleted();
        var recovered = new List<RecoveredSession>();
        foreach (var id in root.ListIds())
        {
            if (await TryRecoverAsync(id, cancellationToken) is { } session)
            {
                recovered.Add(session);
                onRecovered(session);
            }

            if (cancellationToken.IsCancellationRequested)
            {
                break;
            }
        }

        return recovered;
    }

    private async Task<RecoveredSession?> TryRecoverAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            using var spool = root.TryAcquire(id);
            return spool is null ? null : await RecoverAsync(spool, cancellationToken);
        }
        catch (Exception e) when (e is RecorderException or IOException or UnauthorizedAccessException)
        {
            LogFailed(id, e);
            return new RecoveredSession(id, false, 0, 0, [], e.Message);
        }
    }

    private async Task<RecoveredSession> RecoverAsync(SpoolSession spool, CancellationToken cancellationToken)
    {
        if (spool.Read(account => account.Seal) is null)
        {
            var end = await repair.RunAsync(spool, continues: false, cancellationToken);
            SessionSealer.Seal(spool, end, "recovered");
        }

        var (segments, gaps) = spool.Read(account => (account.Segments.Count, account.Gaps.Count));
        await using var delivery = new Delivery(spool, sinksOf(spool), time, loggers.CreateLogger<Delivery>());
        var delivered = await delivery.DrainAsync(cancellationToken);
        var sinks = delivery.Status;
        await delivery.DisposeAsync();
        if (delivered)
        {
            spool.DeleteSession();
        }

        return new RecoveredSession(spool.Id, delivered, segments, gaps, sinks, sinks.FirstOrDefault(s => s.LastError is not null)?.LastError);
    }

    [LoggerMessage(EventId = 350, Level = LogLevel.Error, Message = "Session {SessionId} could not be recovered")]
    private partial void LogFailed(string sessionId, Exception exception);
}

/// <summary>What became of a session that was recovered.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="Delivered">Whether every sink confirmed all of it.</param>
/// <param name="Segments">Its segments.</param>
/// <param name="Gaps">Its gaps.</param>
/// <param name="Sinks">What still waits for each sink.</param>
/// <param name="Error">What is in the way, or null.</param>
internal sealed record RecoveredSession(
    string SessionId, bool Delivered, int Segments, int Gaps, IReadOnlyList<SinkStatus> Sinks, string? Error);
