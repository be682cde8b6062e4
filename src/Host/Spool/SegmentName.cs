using System.Globalization;

namespace SessionRecorder.Host.Spool;

/// <summary>The names of segments: <c>video/{index:D6}-{utc yyyyMMdd'T'HHmmss.fff'Z'}.mp4</c>.</summary>
internal static class SegmentName
{
    /// <summary>The folder of segments, in the spool and in storage.</summary>
    public const string Folder = "video/";

    private const string Time = "yyyyMMdd'T'HHmmss.fff'Z'";
    private const string Extension = ".mp4";

    /// <summary>The key below the session's prefix.</summary>
    public static string Key(int index, DateTimeOffset startedAt) =>
        string.Create(CultureInfo.InvariantCulture, $"{Folder}{index:D6}-{startedAt.UtcDateTime.ToString(Time)}{Extension}");

    /// <summary>When a segment's first frame was taken, by its file's name; null when that is not a segment's.</summary>
    public static DateTimeOffset? StartedAt(string fileName)
    {
        var dash = fileName.IndexOf('-', StringComparison.Ordinal);
        return dash > 0
            && fileName.EndsWith(Extension, StringComparison.Ordinal)
            && DateTime.TryParseExact(
                fileName.AsSpan(dash + 1, fileName.Length - dash - 1 - Extension.Length),
                Time,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var startedAt)
            ? new DateTimeOffset(startedAt, TimeSpan.Zero)
            : null;
    }
}
