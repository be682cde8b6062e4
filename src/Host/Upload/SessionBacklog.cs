using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Upload;

/// <summary>What of a session has yet to be delivered, by its ledger alone: no process needs to deliver it at present.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="Sinks">What waits for each sink, as it was noted.</param>
internal sealed record SessionBacklog(string SessionId, IReadOnlyList<SinkStatus> Sinks)
{
    /// <summary>Segments that not every sink has confirmed and that it can still get.</summary>
    public required int Segments { get; init; }

    /// <summary>Their size.</summary>
    public required long Bytes { get; init; }

    /// <summary>Reads it from an account.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="account">Its account.</param>
    /// <param name="sinks">The names of the sinks that it goes to.</param>
    public static SessionBacklog Of(string sessionId, SessionAccount account, IReadOnlyCollection<string> sinks)
    {
        var waiting = account.Segments
            .Where(segment => !sinks.All(sink => account.Delivery.IsSettled(sink, segment.Key, segment.Sha256)))
            .ToArray();
        return new SessionBacklog(sessionId, [.. sinks.Select(sink => Of(sink, account))])
        {
            Segments = waiting.Length,
            Bytes = waiting.Sum(segment => segment.Bytes),
        };
    }

    private static SinkStatus Of(string sink, SessionAccount account)
    {
        RefusedObject[] refused =
        [
            .. account.Delivery.Refused
                .Where(entry => entry.Key.Sink == sink)
                .Select(entry => new RefusedObject(entry.Key.Key, entry.Value))
                .OrderBy(entry => entry.Key, StringComparer.Ordinal),
        ];
        var keys = refused.Select(entry => entry.Key).ToHashSet(StringComparer.Ordinal);
        var waiting = account.Segments
            .Where(segment => !keys.Contains(segment.Key) && !account.Delivery.IsSettled(sink, segment.Key, segment.Sha256))
            .ToArray();
        return new SinkStatus(sink, waiting.Length, waiting.Sum(segment => segment.Bytes), refused.Length, refused.FirstOrDefault()?.Reason)
        {
            RefusedObjects = [.. refused.Take(SinkStatus.MostRefusedShown)],
            Lacking = account.Delivery.CountLacking(sink),
        };
    }
}
