using System.Text.Json;

namespace SessionRecorder.Host.Heartbeat;

/// <summary>What the heartbeats in a storage say about machines and sessions.</summary>
internal static class FleetReport
{
    /// <summary>A heartbeat may be late by a slow network and a busy machine.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    /// <summary>Reads all heartbeats.</summary>
    /// <param name="sink">The storage.</param>
    /// <param name="keyPrefix">What every key begins with.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="StorageException">The storage could not be asked.</exception>
    public static async Task<IReadOnlyList<FleetEntry>> ReadAsync(
        IStorageSink sink, string keyPrefix, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var folder = keyPrefix + HeartbeatDocument.Folder;
        var entries = new List<FleetEntry>();
        await foreach (var stored in sink.ListAsync(folder, cancellationToken))
        {
            // A recording's objects lie deeper, should a stack be called as this folder is.
            if (HeartbeatDocument.IsBelowFolder(stored.Key[folder.Length..]))
            {
                entries.AddRange(await ReadOneAsync(sink, stored.Key, now, cancellationToken));
            }
        }

        return entries;
    }

    private static async Task<IReadOnlyList<FleetEntry>> ReadOneAsync(
        IStorageSink sink, string key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            return [.. Of(await HeartbeatReader.ReadAsync(sink, key, now, cancellationToken), now)];
        }
        catch (StorageException e) when (e.Failure == StorageFailure.NoSuchObject)
        {
            // Deleted since it was listed, as old ones are.
            return [];
        }
        catch (Exception e) when (e is JsonException or FormatException || e is StorageException { IsTransient: false })
        {
            return [new FleetEntry(key, null, null, null, "unreadable", null, e.Message)];
        }
    }

    private static IEnumerable<FleetEntry> Of(HeartbeatDocument document, DateTimeOffset now)
    {
        var age = now - document.At;
        var isLate = age > (TimeSpan.FromSeconds(document.Interval) * 2) + Grace;
        if (document.Session is { } session)
        {
            var isSilent = isLate && session.State != HeartbeatDocument.Ended;
            yield return new FleetEntry(
                document.Host,
                session.SystemSession,
                session.User,
                session.SessionId,
                isSilent ? "silent" : session.State,
                document.At,
                isSilent ? "its agent tells nothing any more: look at the machine, or `recover --from-storage`" : session.GapCause);
        }

        if (document.Desktops is { } desktops)
        {
            if (isLate)
            {
                yield return new FleetEntry(
                    document.Host, null, null, null, "silent", document.At, "its service tells nothing any more, or the machine is gone");
            }

            foreach (var desktop in desktops.Where(desktop => desktop.SessionId is null))
            {
                yield return new FleetEntry(
                    document.Host,
                    desktop.SystemSession,
                    desktop.User,
                    null,
                    desktop.Excepted is null ? "unrecorded" : "excepted",
                    document.At,
                    desktop.Excepted ?? desktop.Unseen ?? "a user is logged on and nobody records");
            }
        }
    }
}

/// <summary>One machine or session.</summary>
/// <param name="Host">The machine; or the key of an object that is unreadable.</param>
/// <param name="SystemSession">The system's name for the session, or null.</param>
/// <param name="User">Whose it is, or null.</param>
/// <param name="SessionId">The recording, or null.</param>
/// <param name="State">
/// <c>silent</c>, <c>unrecorded</c> or <c>unreadable</c>, which want somebody to look; <c>excepted</c>, <c>ended</c>, or what its
/// agent is doing.
/// </param>
/// <param name="At">When that was told, UTC.</param>
/// <param name="Remark">More about it, or null.</param>
internal sealed record FleetEntry(
    string Host, string? SystemSession, string? User, string? SessionId, string State, DateTimeOffset? At, string? Remark)
{
    /// <summary>Whether somebody should look.</summary>
    public bool IsTrouble => State is "silent" or "unrecorded" or "unreadable";
}
