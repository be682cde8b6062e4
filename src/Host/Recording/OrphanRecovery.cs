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

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);

    private readonly ILogger _logger = loggers.CreateLogger<OrphanRecovery>();

    /// <summary>How long a session whose storage does not answer keeps its turn while others wait for theirs.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

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
        var stuck = new List<RecoveredSession>();
        string[] ids = [.. root.ListIds().Where(isWanted ?? (_ => true))];
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce };
        await Parallel.ForEachAsync(ids, options, async (id, _) =>
        {
            var (session, gaveWay) = await TryRecoverAsync(id, mayGiveWay: ids.Length > AtOnce, cancellationToken);
            Add(session, gaveWay);
        });

        // Once more for those who gave way, now until the deadline.
        await Parallel.ForEachAsync(stuck.ToArray(), options, async (before, _) => Add(
            cancellationToken.IsCancellationRequested
                ? before
                : (await TryRecoverAsync(before.SessionId, mayGiveWay: false, cancellationToken)).Session,
            gaveWay: false));
        return recovered;

        void Add(RecoveredSession? session, bool gaveWay)
        {
            lock (recovered)
            {
                if (session is null)
                {
                    return;
                }

                (gaveWay ? stuck : recovered).Add(session);
                if (!gaveWay)
                {
                    onRecovered(session);
                }
            }
        }
    }

    /// <summary>A session whose turn did not come; null when another process has it in hand, or has delivered it.</summary>
    private RecoveredSession? NotBegun(string id) =>
        root.ReadDocument(id) is null || root.IsHeld(id) ? null : new RecoveredSession(id, false, 0, 0, [], "the time was over before its turn came");

    private async Task<(RecoveredSession? Session, bool GaveWay)> TryRecoverAsync(
        string id, bool mayGiveWay, CancellationToken cancellationToken)
    {
        try
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return (NotBegun(id), false);
            }

            using var spool = root.TryAcquireOrphan(id);
            return spool is null ? (null, false) : await RecoverAsync(spool, mayGiveWay, cancellationToken);
        }
        catch (Exception e)
        {
            LogFailed(id, e);
            return (new RecoveredSession(id, false, 0, 0, [], e.Message), false);
        }
    }

    private async Task<(RecoveredSession Session, bool GaveWay)> RecoverAsync(
        SpoolSession spool, bool mayGiveWay, CancellationToken cancellationToken)
    {
        var configured = sinksOf(spool);
        if (spool.Read(account => account.Seal) is null)
        {
            var end = await repair.RunAsync(spool, continues: false, cancellationToken);

            // Before the seal, so that what is stored tells of it.
            SinkRoster.Update(spool, configured.Keys, _logger);
            SessionSealer.Seal(spool, end, "recovered");
        }

        // The account is closed: whatever appeared since can be in it no more, and must not be deleted with the folder.
        foreach (var late in spool.FindUnfinishedFiles())
        {
            LogSetAside(late.Path, spool.SetAside(late));
        }

        var (segments, gaps) = spool.Read(account => (account.Segments.Count, account.Gaps.Count));
        await using var delivery = new Delivery(spool, configured, time, loggers.CreateLogger<Delivery>());
        using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var draining = delivery.DrainAsync(turn.Token);
        if (mayGiveWay)
        {
            await WaitUntilStuckAsync(delivery, draining, cancellationToken);
            await turn.CancelAsync();
        }

        var delivered = await draining;
        var unreadable = spool.SetAsideFolder;
        var sinks = delivery.Status;
        await delivery.DisposeAsync();
        if (delivered && delivery.IsClean)
        {
            Delete(spool);
        }

        var error = sinks.FirstOrDefault(s => s.LastError is not null)?.LastError;
        var length = spool.Read(account => account.Seal?.EndedAt) - spool.Document.StartedAt;
        var session = new RecoveredSession(spool.Id, delivered, segments, gaps, sinks, error)
        {
            Seconds = length?.TotalSeconds ?? 0,
            Unreadable = unreadable,
        };
        return (session, mayGiveWay && !delivered);
    }

    /// <summary>Waits until it is delivered as far as it can be, or nothing but storage that fails has been waited for for a while.</summary>
    private async Task WaitUntilStuckAsync(Delivery delivery, Task draining, CancellationToken cancellationToken)
    {
        var movedAt = time.GetTimestamp();
        while (!draining.IsCompleted && time.GetElapsedTime(movedAt) < Patience)
        {
            await Task.WhenAny(draining, Task.Delay(LookInterval, time, cancellationToken));
            movedAt = delivery.IsStuck ? movedAt : time.GetTimestamp();
        }
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
    string SessionId, bool Delivered, int Segments, int Gaps, IReadOnlyList<SinkStatus> Sinks, string? Error)
{
    /// <summary>The session's length; 0 where its account could not be closed.</summary>
    public double Seconds { get; init; }

    /// <summary>The folder of captured files that nobody can read; null where there are none.</summary>
    public string? Unreadable { get; init; }
}
