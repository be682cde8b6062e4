using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Upload;

/// <summary>Notes in a session's ledger which sinks it goes to, and what a sink that is new among them will never get.</summary>
/// <remarks>
/// A segment's file goes when all sinks of its time have confirmed it. A sink that is configured later gets what is still
/// there; what is not, it lacks for good, which the ledger tells and nobody waits for. A file that is gone though a sink of
/// its time did not confirm it is another matter: that one stays undelivered.
/// </remarks>
internal static partial class SinkRoster
{
    /// <summary>Brings the ledger up to the configured sinks. Idempotent, and nothing is written where nothing changed.</summary>
    /// <param name="spool">The session; one that was rebuilt from storage has no files to tell by, and is left as it is.</param>
    /// <param name="sinks">The names of the sinks that it goes to from now on.</param>
    /// <param name="logger">Told of what a sink lacks.</param>
    public static void Update(SpoolSession spool, IEnumerable<string> sinks, ILogger logger)
    {
        string[] now = [.. sinks.Order(StringComparer.Ordinal)];
        var before = spool.Read(account => account.Delivery.Sinks);
        if (spool.IsFromStorage || before?.SequenceEqual(now) == true)
        {
            return;
        }

        foreach (var sink in before is null ? [] : now.Except(before))
        {
            var lacking = spool.Read(account => account.Segments
                .Where(segment => account.Delivery.IsConfirmedByAll(before!, segment.Key, segment.Sha256)
                    && !account.Delivery.IsSettled(sink, segment.Key, segment.Sha256)
                    && !File.Exists(spool.PathOf(segment.Key)))
                .Select(segment => segment.Key)
                .ToArray());
            if (lacking.Length > 0)
            {
                spool.Record(new SinkLacks(sink, lacking));
                LogLacks(logger, sink, lacking.Length, spool.Id, string.Join(", ", before!));
            }
        }

        // Last: after a crash before this line, the above is done again.
        spool.Record(new SinksConfigured(now));
    }

    [LoggerMessage(EventId = 411, Level = LogLevel.Warning, Message = "Sink {Sink} lacks {Count} segments of session {SessionId} for good: they were delivered to {Before} and deleted before it was configured")]
    private static partial void LogLacks(ILogger logger, string sink, int count, string sessionId, string before);
}
