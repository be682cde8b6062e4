using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Hosting;

/// <summary>Opens the account of a session that is about to be recorded.</summary>
internal static class SessionFactory
{
    /// <summary>Metadata that needs longer than this (a network that is not up yet) must not delay the first frame.</summary>
    private static readonly TimeSpan MetadataTimeout = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan StorageTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Makes session.json of what the platform knows.</summary>
    public static async Task<SessionDocument> DescribeAsync(
        IPlatform platform, UserSession session, string keyPrefix, DateTimeOffset startedAt, CancellationToken cancellationToken)
    {
        var metadata = await CollectMetadataAsync(platform, session, cancellationToken);
        var parts = platform.GetStoragePath(session, metadata).Append(session.Id).Select(StorageKey.EncodePart);
        return new SessionDocument
        {
            SessionId = session.Id,
            Platform = platform.Name,
            User = session.User,
            Host = session.Host,
            SystemSession = session.SystemSession,
            StartedAt = startedAt,
            Prefix = $"{keyPrefix}{string.Join('/', parts)}/",
            Recorder = CommandLine.Version,
            Metadata = metadata,
        };
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

    private static async Task<IReadOnlyDictionary<string, string>> CollectMetadataAsync(
        IPlatform platform, UserSession session, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(MetadataTimeout);
        try
        {
            return await platform.GetMetadataAsync(session, limited.Token).WaitAsync(limited.Token);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever the platform cannot tell now: a session without metadata is better than none.
            return new Dictionary<string, string>();
        }
    }
}
