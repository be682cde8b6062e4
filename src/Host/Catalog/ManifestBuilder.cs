using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Catalog;

/// <summary>Makes the manifest from session.json and the account. The same facts always give the same manifest.</summary>
internal static class ManifestBuilder
{
    /// <summary>Makes the manifest of an account as it is now.</summary>
    /// <param name="document">Who is recorded.</param>
    /// <param name="account">The account; a gap that is still open is shown up to the last moment known.</param>
    /// <param name="ledgerHash">The hash of the ledger's last line, or of the closing one.</param>
    public static Manifest Build(SessionDocument document, SessionAccount account, string ledgerHash) =>
        Build(document, account, account.Seal?.EndedAt, account.State, ledgerHash);

    /// <summary>Makes the manifest of an account that is about to be closed.</summary>
    public static Manifest Build(
        SessionDocument document, SessionAccount account, DateTimeOffset? endedAt, string state, string ledgerHash) => new()
        {
            SessionId = document.SessionId,
            Platform = document.Platform,
            State = state,
            User = document.User,
            Host = document.Host,
            StartedAt = account.Opened?.StartedAt ?? SessionTime.Normalize(document.StartedAt),
            EndedAt = endedAt,
            Metadata = new SortedDictionary<string, string>(document.Metadata.ToDictionary(), StringComparer.Ordinal),
            Recorder = Recorder(document, account),
            Displays = [.. account.Displays.Select(display => new ManifestDisplay(display.ChangedAt, display.Monitors))],
            Tracks = Tracks(account),
            Segments = Segments(account),
            Gaps = Gaps(account, endedAt ?? account.LastKnown),
            LedgerHash = ledgerHash,
        };

    /// <summary>The segments, in the order in which they were closed, which is that of their indices.</summary>
    public static IReadOnlyList<ManifestSegment> Segments(SessionAccount account) =>
    [
        .. account.Segments.Select(segment => new ManifestSegment(
            segment.Index,
            segment.Key,
            segment.StartedAt,
            segment.Duration,
            segment.Frames,
            segment.Width,
            segment.Height,
            segment.Bytes,
            segment.Sha256,
            segment.Monitor)),
    ];

    /// <summary>The tracks from the first frame of each capture on that has other ones than the capture before.</summary>
    private static List<ManifestTracks>? Tracks(SessionAccount account)
    {
        if (account.Captures.All(capture => capture.Tracks is null))
        {
            return null;
        }

        var tracks = new List<ManifestTracks>();
        foreach (var capture in account.Captures)
        {
            string[] monitors = [.. capture.Tracks?.Select(track => track.Monitor) ?? []];
            if (tracks.Count == 0 || !monitors.SequenceEqual(tracks[^1].Monitors))
            {
                tracks.Add(new ManifestTracks(capture.FirstFrameAt, monitors));
            }
        }

        return tracks;
    }

    private static ManifestRecorder Recorder(SessionDocument document, SessionAccount account)
    {
        var capture = account.LastCapture;
        return new ManifestRecorder(
            account.Opened?.Recorder ?? document.Recorder,
            capture?.Program,
            capture?.Source,
            capture?.Encoder,
            capture?.FrameRate);
    }

    private static IReadOnlyList<ManifestGap> Gaps(SessionAccount account, DateTimeOffset end) =>
    [
        .. account.Gaps
            .OrderBy(gap => gap.From)
            .ThenBy(gap => gap.Number)
            .Select(gap => new ManifestGap(gap.From, gap.To ?? SessionTime.Later(gap.From, end), gap.Cause, gap.Detail)),
    ];
}
