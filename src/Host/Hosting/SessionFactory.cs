using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Heartbeat;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Hosting;

/// <summary>Opens the account of a session that is about to be recorded.</summary>
internal static class SessionFactory
{
    /// <summary>Metadata that needs longer than this (a network that is not up yet) must not delay the first frame.</summary>
    private static readonly TimeSpan MetadataTimeout = TimeSpan.FromMilliseconds(500);

    /// <summary>For a platform to return what it knows, when it is told to wait no longer.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan StorageTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Makes session.json of what the platform knows now; provisional where it still waits for something.</summary>
    public static async Task<SessionDocument> DescribeAsync(
        IPlatform platform, UserSession session, string keyPrefix, DateTimeOffset startedAt, CancellationToken cancellationToken)
    {
        var (metadata, isComplete) = await CollectMetadataAsync(platform, session, MetadataTimeout, cancellationToken);
        return new SessionDocument
        {
            SessionId = session.Id,
            Platform = platform.Name,
            User = session.User,
            UserId = session.UserId,
            Host = session.Host,
            SystemSession = session.SystemSession,
            StartedAt = startedAt,
            Prefix = PrefixOf(platform, session, metadata, keyPrefix),
            Recorder = CommandLine.Version,
            Metadata = metadata,
            Provisional = !isComplete,
        };
    }

    /// <summary>Completes a provisional document, however long that takes.</summary>
    /// <param name="platform">The platform.</param>
    /// <param name="session">The session.</param>
    /// <param name="provisional">The document.</param>
    /// <param name="keyPrefix">What every key begins with.</param>
    /// <param name="patience">The longest wait.</param>
    /// <param name="cancellationToken">Ends the wait; the document is then made of what is known.</param>
    public static async Task<SessionDocument> CompleteAsync(
        IPlatform platform,
        UserSession session,
        SessionDocument provisional,
        string keyPrefix,
        TimeSpan patience,
        CancellationToken cancellationToken)
    {
        var (metadata, _) = await CollectMetadataAsync(platform, session, patience, cancellationToken);
        return metadata.Count == 0
            ? provisional with { Provisional = false }
            : provisional with
            {
                Metadata = metadata,
                Prefix = PrefixOf(platform, session, metadata, keyPrefix),
                Provisional = false,
            };
    }

    private static string PrefixOf(
        IPlatform platform, UserSession session, IReadOnlyDictionary<string, string> metadata, string keyPrefix)
    {
        var place = platform.GetStoragePath(session, metadata);

        // A user may have a say in a part of it. What is stored among the heartbeats may be expired as they are.
        if (place is [var first, ..] && $"{first}/".Equals(HeartbeatDocument.Folder, StringComparison.OrdinalIgnoreCase))
        {
            place = [$"_{first}", .. place.Skip(1)];
        }

        var parts = place.Append(session.Id).Select(StorageKey.EncodePart);
        return $"{keyPrefix}{string.Join('/', parts)}/";
    }

    /// <summary>Refuses an id, given by hand, under which something is stored already.</summary>
    /// <remarks>
    /// A courtesy: storage that does not answer at once, or may not be asked, is not waited for. What counts is that
    /// session.json is never replaced.
    /// </remarks>
    /// <exception cref="CommandException">Something is.</exception>
    public static async Task ThrowIfStoredAsync(
        SessionDocument document, IReadOnlyDictionary<string, IStorageSink> sinks, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(StorageTimeout);
        foreach (var (name, sink) in sinks)
        {
            try
            {
                if (await sink.FindAsync($"{document.Prefix}{SessionObjects.SessionKey}", limited.Token).WaitAsync(limited.Token) is not null)
                {
                    throw CommandException.Usage(
                        $"a session {document.SessionId} is stored in sink {name} already", "choose another --session id");
                }
            }
            catch (Exception e) when (e is StorageException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                // Not to be known now.
            }
        }
    }

    /// <summary>Asks the platform, and makes do with what it tells in time.</summary>
    private static async Task<(IReadOnlyDictionary<string, string> Metadata, bool IsComplete)> CollectMetadataAsync(
        IPlatform platform, UserSession session, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var over = new CancellationTokenSource();
        await using var words = limited.Token.Register(() => over.CancelAfter(LastWords));
        limited.CancelAfter(patience);
        try
        {
            var metadata = await platform.GetMetadataAsync(session, limited.Token).WaitAsync(over.Token);
            return (metadata, !limited.IsCancellationRequested);
        }
        catch (Exception e)
        {
            // Whatever the platform cannot tell now: a session without metadata is better than none.
            return (new Dictionary<string, string>(), e is not OperationCanceledException);
        }
    }
}
