using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SessionRecorder.Host.Catalog;

/// <summary>A video of a recording that AWS's sample for AppStream made.</summary>
/// <param name="Key">Its whole key.</param>
/// <param name="StartedAt">The time in its name: the instance's, which is taken for UTC.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="LikelyPlays">False where nothing but a header fits into it: ffmpeg was ended before it had written a picture.</param>
internal sealed record SampleVideo(string Key, DateTimeOffset StartedAt, long Bytes, bool LikelyPlays);

/// <summary>
/// A session that AWS's sample (appstream-session-recording) stored: videos and metadata under one prefix, without any
/// account, hash or end.
/// </summary>
/// <param name="Videos">The videos, by time.</param>
/// <param name="Metadata">What its metadata says; nothing where there is none or it is not understood.</param>
internal sealed partial record SampleRecording(IReadOnlyList<SampleVideo> Videos, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The state of such a recording.</summary>
    public const string State = "sample";

    /// <summary>Why nothing of it can be proven.</summary>
    public const string NoProof = "made by AWS's sample, without an account or hashes: what it lacks, and whether it was changed, cannot be told";

    private const string Time = "yyyy-MM-dd_HH-mm-ss";
    private const int HeaderBytes = 1024;
    private const long MostMetadata = 1 << 20;

    /// <summary>Who was recorded.</summary>
    public string? User => Metadata.FirstOrDefault(entry => entry.Key.EndsWith("UserName", StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>The first time that a name tells.</summary>
    public DateTimeOffset? StartedAt => Videos.Count > 0 ? Videos[0].StartedAt : null;

    /// <summary>Whether an object's name is one that the sample gives.</summary>
    public static bool IsName(string name) => Name().IsMatch(name) && TimeOf(name) is not null;

    /// <summary>Makes one of its objects.</summary>
    /// <param name="sink">Where they are stored.</param>
    /// <param name="objects">Those of one prefix whose names are the sample's.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="StorageException">The metadata could not be read.</exception>
    public static async Task<SampleRecording> ReadAsync(
        IStorageSink sink, IReadOnlyList<StoredObject> objects, CancellationToken cancellationToken)
    {
        var videos = objects
            .Where(stored => stored.Key.EndsWith(".mp4", StringComparison.Ordinal))
            .Select(stored => new SampleVideo(stored.Key, TimeOf(NameOf(stored.Key))!.Value, stored.Length, stored.Length > HeaderBytes))
            .OrderBy(video => video.StartedAt);
        var metadata = objects.LastOrDefault(stored => stored.Key.EndsWith(".txt", StringComparison.Ordinal));
        var bytes = metadata is { Length: <= MostMetadata } ? await StoredObjects.ReadAsync(sink, metadata.Key, cancellationToken) : null;
        return new SampleRecording([.. videos], bytes is null ? new Dictionary<string, string>() : Parse(bytes));
    }

    /// <summary>Windows PowerShell writes UTF-16 or UTF-8 with a byte order mark as it likes.</summary>
    private static Dictionary<string, string> Parse(byte[] bytes)
    {
        using var reader = new StreamReader(new MemoryStream(bytes), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        try
        {
            using var document = JsonDocument.Parse(reader.ReadToEnd());
            return document.RootElement.ValueKind != JsonValueKind.Object
                ? []
                : document.RootElement.EnumerateObject()
                    .Where(entry => entry.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                    .GroupBy(entry => entry.Name, StringComparer.Ordinal)
                    .ToDictionary(group => group.Key, group => group.Last().Value.ToString(), StringComparer.Ordinal);
        }
        catch (JsonException)
        {
            // It describes the session and nothing depends on it; the videos are there all the same.
            return [];
        }
    }

    private static string NameOf(string key) => key[(key.LastIndexOf('/') + 1)..];

    private static DateTimeOffset? TimeOf(string name) => DateTimeOffset.TryParseExact(
        name.AsSpan(0, Time.Length), Time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d-(video\.mp4|metadata\.txt)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
