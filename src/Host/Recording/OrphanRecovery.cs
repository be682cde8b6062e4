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
    /// <summary>Several, so that one whose storage does not answer does not keep the others waiting.</summary>
    private const int AtOnce = 4;

    private readonly ILogger _logger = loggers.CreateLogger<OrphanRecovery>();

    /// <summary>Recovers every session that nobody holds.</summary>
    /// <param name="onRecovered">Told of each, as it is done.</param>
    /// <param name="cancellationToken">The deadline: what is not delivered by then stays in the spool.</param>
    /// <param name="isWanted">Which of them; null for all.</param>
    /// <returns>What became of them.</returns>
    public async Task<IReadOnlyList<RecoveredSession>> RunAsync(
        Action<RecoveredSession> onRecovered, CancellationToken cancellationToken, Func<string, bool>? isWanted = null)
    {
        root.RemoveDeleted();
        var recovered = new List<RecoveredSession>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce };
        await Parallel.ForEachAsync(root.ListIds().Where(isWanted ?? (_ => true)), options, async (id, _) =>
        {
            if (!cancellationToken.IsCancellationRequested
                && await TryRecoverAsync(id, cancellationToken) is { } session)
            {
                lock (recovered)
                {
                    recovered.Add(session);
                    onRecovered(session);
                }
            }
        });
        return recovered;
    }

    private async Task<RecoveredSession?> TryRecoverAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            using var spool = root.TryAcquireOrphan(id);
            return spool is null ? null : await RecoverAsync(spool, cancellationToken);
        }
        catch (Exception e)
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

        // The account is closed: whatever appeared since can be in it no more, and must not be deleted with the folder.
        foreach (var late in spool.FindUnfinishedFiles())
        {
            LogSetAside(late.Path, spool.SetAside(late));
        }

        var (segments, gaps) = spool.Read(account => (account.Segments.Count, account.Gaps.Count));
        await using var delivery = new Delivery(spool, sinksOf(spool), time, loggers.CreateLogger<Delivery>());
        var delivered = await delivery.DrainAsync(cancellationToken);
        var sinks = delivery.Status;
        await delivery.DisposeAsync();
        if (delivered && delivery.IsClean)
        {
            Delete(spool);
        }

        return new RecoveredSession(spool.Id, delivered, segments, gaps, sinks, sinks.FirstOrDefault(s => s.LastError is not null)?.LastError);
    }

    private void Delete(SpoolSession spool)
    {
        try
        {
            spool.DeleteSession();
        }
        catch (SpoolException e)
        {
            // It is delivered all the same; what is left goes another time.
            LogNotDeleted(spool.Id, e);
        }
    }

    [LoggerMessage(EventId = 352, Level = LogLevel.Warning, Message = "The folder of session {SessionId}, which is delivered, could not be deleted")]
    private partial void LogNotDeleted(string sessionId, Exception exception);

    [LoggerMessage(EventId = 351, Level = LogLevel.Error, Message = "{File} appeared after the account was closed, and was moved to {Aside}")]
    private partial void LogSetAside(string file, string aside);

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
