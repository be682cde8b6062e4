using System.Globalization;

namespace SessionRecorder.Host.Spool;

/// <summary>The names of segments: <c>video/{index:D6}-{utc yyyyMMdd'T'HHmmss.fff'Z'}.mp4</c>.</summary>
/// <remarks>
/// What a recovery made of a tail in storage ends with <c>.tail.mp4</c>: the machine may come back with the whole segment,
/// and then both have a place.
/// </remarks>
internal static class SegmentName
{
    /// <summary>The folder of segments, in the spool and in storage.</summary>
    public const string Folder = "video/";

    private const string Extension = ".mp4";
    private const string TailExtension = ".tail.mp4";

    /// <summary>The key below the session's prefix.</summary>
    /// <param name="index">The segment's number.</param>
    /// <param name="startedAt">When its first frame was taken.</param>
    /// <param name="isFromTail">Whether it is made of a tail in storage.</param>
    public static string Key(int index, DateTimeOffset startedAt, bool isFromTail = false) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Folder}{index:D6}-{startedAt.UtcDateTime.ToString(SessionTime.InNames)}{(isFromTail ? TailExtension : Extension)}");

    /// <summary>The number of a segment, by its key; null for any other key.</summary>
    public static int? IndexOf(string key) =>
        key.StartsWith(Folder, StringComparison.Ordinal)
        && StartedAt(key[Folder.Length..]) is not null
        && int.TryParse(key.AsSpan(Folder.Length, key.IndexOf('-', StringComparison.Ordinal) - Folder.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : null;

    /// <summary>The key that the whole segment would have beside one that was made of a tail; null for any other key.</summary>
    public static string? WholeOf(string key) => IndexOfTail(key) is null ? null : key[..^TailExtension.Length] + Extension;

    /// <summary>The number of a segment that was made of a tail, by its key; null for any other key.</summary>
    public static int? IndexOfTail(string key) =>
        key.EndsWith(TailExtension, StringComparison.Ordinal) ? IndexOf(key) : null;

    /// <summary>When a segment's first frame was taken, by its file's name; null when that is not a segment's.</summary>
    public static DateTimeOffset? StartedAt(string fileName)
    {
        var dash = fileName.IndexOf('-', StringComparison.Ordinal);
        var extension = fileName.EndsWith(TailExtension, StringComparison.Ordinal) ? TailExtension : Extension;
        return dash > 0
            && fileName.EndsWith(extension, StringComparison.Ordinal)
            && fileName.Length > dash + extension.Length
            && DateTime.TryParseExact(
                fileName.AsSpan(dash + 1, fileName.Length - dash - 1 - extension.Length),
                SessionTime.InNames,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var startedAt)
            ? new DateTimeOffset(startedAt, TimeSpan.Zero)
            : null;
    }
}
