using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Wording;

namespace SessionRecorder.Host.Catalog;

/// <summary>Compares the manifest of a session that is not sealed with session.json and the ledger in its tail.</summary>
internal static class OpenManifestCheck
{
    /// <summary>Compares.</summary>
    /// <param name="session">The session.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <returns>What contradicts the ledger, and what the ledger does not tell of yet.</returns>
    public static (IReadOnlyList<string> Faults, string? Unproven) Compare(OpenSession session, Manifest manifest)
    {
        var faults = new List<string>();
        CheckIdentity(session, manifest, faults);
        var known = session.Account.Segments
            .Concat(session.Account.LostSegments.Select(session.Account.FindLost).OfType<SegmentClosed>())
            .ToDictionary(segment => segment.Key, StringComparer.Ordinal);
        foreach (var segment in manifest.Segments)
        {
            if (known.TryGetValue(segment.Key, out var own) && (own.Sha256, own.Bytes, own.Index) != (segment.Sha256, segment.Bytes, segment.Index))
            {
                faults.Add($"segment {segment.Index} is not the one that the ledger in the tail tells of: one of the two was changed");
            }
        }

        var ahead = manifest.Segments.Where(segment => !known.ContainsKey(segment.Key)).ToArray();
        if (ahead.Length == 0)
        {
            return (faults, session.Covers(manifest) ? null : "its ledgerHash is of no line that is in the tail yet");
        }

        var first = session.Account.NextSegment;
        if (ahead.Length > session.AllowedAhead || ahead.Any(segment => segment.Index < first || segment.Index >= first + ahead.Length))
        {
            faults.Add(
                $"it tells of {Amount.Count(ahead.Length, "segment")} that the ledger in the tail does not: pieces of the ledger are missing, or the manifest was changed");
            return (faults, null);
        }

        return session.Covers(manifest)
            ? ([.. faults, "it names a line of the ledger, and tells of a segment that the ledger does not up to there: it was changed"], null)
            : (faults, $"it tells of {Amount.Count(ahead.Length, "segment")} that the ledger in the tail does not yet");
    }

    private static void CheckIdentity(OpenSession session, Manifest manifest, List<string> faults)
    {
        var document = session.Document;
        Compare("sessionId", manifest.SessionId, document.SessionId);
        if (session.Account.Opened?.Provisional == true)
        {
            // The manifest may be older than what was found out of the user later.
            return;
        }

        Compare("user", manifest.User, document.User);
        Compare("host", manifest.Host, document.Host);
        Compare("platform", manifest.Platform, document.Platform);

        void Compare(string what, string? own, string? other)
        {
            if (own != other)
            {
                faults.Add($"its {what} is not that of {StoredObjects.Session}: one of the two was changed");
            }
        }
    }
}
