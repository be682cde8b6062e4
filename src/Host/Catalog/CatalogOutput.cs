using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using SessionRecorder.Host.Spool;
using Spectre.Console;

namespace SessionRecorder.Host.Catalog;

/// <summary>How a command shows what it found.</summary>
internal enum OutputForm
{
    /// <summary>Lines with tabs between the columns, for pipes.</summary>
    Plain,

    /// <summary>Tables, for terminals.</summary>
    Table,

    /// <summary>JSON and nothing else, for programs.</summary>
    Json,
}

/// <summary>Where <c>list</c>, <c>show</c> and <c>verify</c> write to.</summary>
/// <param name="Form">How.</param>
/// <param name="Out">Plain lines and JSON.</param>
/// <param name="Error">What is wrong, and progress where <paramref name="Form"/> is not a table.</param>
/// <param name="Console">Tables and progress bars.</param>
internal sealed record CatalogOutput(OutputForm Form, TextWriter Out, TextWriter Error, IAnsiConsole Console)
{
    /// <summary>Writes a value as JSON.</summary>
    public void WriteJson<T>(T value, JsonTypeInfo<T> type) => Out.WriteLine(JsonSerializer.Serialize(value, type));

    /// <summary>Writes a row of columns as a line.</summary>
    public void WriteLine(params IEnumerable<string> columns) => Out.WriteLine(string.Join('\t', columns.Select(Printable)));

    /// <summary>A text as a cell of a table.</summary>
    public static Text Cell(string text, Style? style = null) => new(Printable(text), style);

    /// <summary>What is safe to show: a user's name must not steer the operator's terminal nor add lines.</summary>
    public static string Printable(string text) => string.Create(text.Length, text, static (shown, source) =>
    {
        for (var i = 0; i < shown.Length; i++)
        {
            // Control characters, and those that turn the direction of writing.
            shown[i] = char.IsControl(source[i]) || source[i] is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069')
                ? '\ufffd'
                : source[i];
        }
    });

    /// <summary>A length of time: <c>1:02:03.4</c>.</summary>
    public static string Time(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Clamp(seconds, 0, TimeSpan.MaxValue.TotalSeconds / 2));
        return $"{(long)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}.{time.Milliseconds / 100}";
    }

    /// <summary>A moment; a dash where there is none.</summary>
    public static string Moment(DateTimeOffset? time) => time is { } known ? SessionTime.Format(known) : "-";
}

/// <summary>What <c>show --json</c> prints.</summary>
internal sealed record RecordingDetails(
    RecordingSummary Summary, Manifest? Manifest, SessionDocument? Session, IReadOnlyList<UnfinishedSegment> Unfinished)
{
    /// <summary>What AWS's sample stored, where it was that; else left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SampleRecording? Sample { get; init; }
}

/// <summary>What the commands print as JSON.</summary>
internal static class CatalogFormat
{
    private static readonly CatalogJson Readable = new(
        new JsonSerializerOptions(CatalogJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static JsonTypeInfo<IReadOnlyList<RecordingSummary>> Summaries => Readable.IReadOnlyListRecordingSummary;

    public static JsonTypeInfo<RecordingDetails> Details => Readable.RecordingDetails;

    public static JsonTypeInfo<VerifyReport> Report => Readable.VerifyReport;

    public static JsonTypeInfo<IReadOnlyList<VerifyReport>> Reports => Readable.IReadOnlyListVerifyReport;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(SessionTimeConverter)],
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(IReadOnlyList<RecordingSummary>))]
[JsonSerializable(typeof(RecordingDetails))]
[JsonSerializable(typeof(VerifyReport))]
[JsonSerializable(typeof(IReadOnlyList<VerifyReport>))]
internal sealed partial class CatalogJson : JsonSerializerContext;
