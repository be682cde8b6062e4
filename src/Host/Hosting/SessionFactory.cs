using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Hosting;

/// <summary>Opens the account of a session that is about to be recorded.</summary>
internal static class SessionFactory
{
    /// <summary>Metadata that needs longer than this (a network that is not up yet) must not delay the first frame.</summary>
    private static readonly TimeSpan MetadataTimeout = TimeSpan.FromMilliseconds(500);

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

    private static async Task<IReadOnlyDictionary<string, string>> CollectMetadataAsync(
        IPlatform platform, UserSession session, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(MetadataTimeout);
        try
        {
            return await platform.GetMetadataAsync(session, limited.Token).WaitAsync(limited.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Dictionary<string, string>();
        }
    }
}
