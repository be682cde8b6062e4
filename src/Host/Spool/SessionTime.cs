using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SessionRecorder.Host.Spool;

/// <summary>How moments are written in ledger, manifest and segment names: UTC in whole milliseconds.</summary>
internal static class SessionTime
{
    /// <summary>How moments stand in the names of files.</summary>
    public const string InNames = "yyyyMMdd'T'HHmmss.fff'Z'";

    private const string Iso = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>UTC, rounded to whole milliseconds: what is left over is only what arithmetic made of one.</summary>
    public static DateTimeOffset Normalize(DateTimeOffset time)
    {
        var ticks = Math.Min(time.UtcTicks, DateTimeOffset.MaxValue.UtcTicks - TimeSpan.TicksPerMillisecond);
        ticks += TimeSpan.TicksPerMillisecond / 2;
        return new DateTimeOffset(ticks - (ticks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
    }

    /// <summary>Writes <c>2026-11-23T08:02:24.123Z</c>.</summary>
    public static string Format(DateTimeOffset time) =>
        Normalize(time).UtcDateTime.ToString(Iso, CultureInfo.InvariantCulture);

    /// <summary>Seconds, rounded to milliseconds, as durations stand in ledger and manifest.</summary>
    public static double Seconds(TimeSpan duration) => Math.Round(duration.TotalSeconds, 3);

    /// <summary>A moment so many seconds later; never out of range, whatever a file that was read says.</summary>
    public static DateTimeOffset After(DateTimeOffset time, double seconds)
    {
        var left = (DateTimeOffset.MaxValue - time).TotalSeconds - 1;
        return Normalize(time.AddSeconds(Math.Clamp(seconds, 0, Math.Max(0, left))));
    }

    /// <summary>The later of two moments.</summary>
    public static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    /// <summary>The earlier of two moments.</summary>
    public static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}

/// <summary>Reads and writes moments as <see cref="SessionTime"/> says.</summary>
internal sealed class SessionTimeConverter : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        SessionTime.Normalize(reader.GetDateTimeOffset());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(SessionTime.Format(value));
}
