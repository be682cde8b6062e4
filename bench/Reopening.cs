using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SessionRecorder.Bench;

/// <summary>What it takes to reopen a long session that a crash left: 10,000 segments, all delivered before it.</summary>
internal static class Reopening
{
    private const int Segments = 10_000;
    private const string Host = "bench";
    private static readonly DateTimeOffset _start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static async Task MeasureAsync(Report report)
    {
        var few = await TimeRecoverAsync(1);
        var many = await TimeRecoverAsync(Segments);
        report.Table("`recover` of a session whose segments were all delivered", "segments in the ledger", "promised", "time");
        report.Row("1", "", Figures.Seconds(few));
        report.Row($"{Segments:N0}", "", Figures.Seconds(many));
        report.Row("the difference: reading the ledger, writing and storing the manifest", "1 s", Figures.Seconds(many - few));
    }

    private static async Task<double> TimeRecoverAsync(int segments)
    {
        await using var recorder = new Recorder(null);
        WriteSession(recorder.SpoolOf("long"), segments);
        var result = await recorder.RunAsync("recover");
        return result.ExitCode == 0
            ? result.Elapsed.TotalSeconds
            : throw new IOException($"recover of {segments} segments: {result}");
    }

    private static void WriteSession(string folder, int segments)
    {
        CreatePrivateFolder(Path.Combine(folder, "video"));
        CreatePrivateFolder(Path.Combine(folder, "open"));
        var session = JsonSerializer.SerializeToUtf8Bytes(new
        {
            schema = 1,
            sessionId = "long",
            platform = "local",
            user = "somebody",
            host = Host,
            systemSession = ":0",
            startedAt = Time(0),
            prefix = $"local/{Host}/somebody/long/",
            recorder = "0.1.0",
            metadata = new Dictionary<string, string>(),
        });
        File.WriteAllBytes(Path.Combine(folder, "session.json"), session);

        var ledger = new LedgerWriter();
        ledger.Add(0, "session-opened", new { sessionId = "long", startedAt = Time(0), sessionSha256 = RecordedSession.Sha256(session), recorder = "0.1.0" });
        ledger.Add(0, "capture-started", new
        {
            capture = 1,
            firstFrameAt = Time(0),
            region = "1280x720+0+0",
            frameRate = 5,
            source = "x11grab",
            encoder = "libx264",
            program = "ffmpeg 5.1.9",
            processId = (int?)null,
            processStart = (string?)null,
        });
        for (var index = 0; index < segments; index++)
        {
            AddSegment(ledger, index);
        }

        File.WriteAllText(Path.Combine(folder, "ledger.jsonl"), ledger.ToString());
    }

    private static void AddSegment(LedgerWriter ledger, int index)
    {
        var at = _start.AddSeconds(10 * index);
        var key = $"video/{index:D6}-{at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss.fff'Z'", CultureInfo.InvariantCulture)}.mp4";
        var hash = RecordedSession.Sha256(Encoding.ASCII.GetBytes(key));
        ledger.Add(10 * (index + 1), "segment-closed", new
        {
            index,
            capture = 1,
            key,
            startedAt = Time(10 * index),
            duration = 10.0,
            frames = 50,
            width = 1280,
            height = 720,
            bytes = 100_000,
            sha256 = hash,
        });
        ledger.Add(10 * (index + 1), "uploaded", new { sink = "archive", key, sha256 = hash });
    }

    private static string Time(int seconds) =>
        _start.AddSeconds(seconds).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    // The recorder refuses a spool that others may write.
    private static void CreatePrivateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private sealed class LedgerWriter
    {
        private readonly StringBuilder _lines = new();
        private string _before = new('0', 64);
        private int _sequence;

        public void Add(int seconds, string fact, object members)
        {
            var rest = JsonSerializer.Serialize(members)[1..];
            var line = $$"""{"seq":{{_sequence++}},"at":"{{Time(seconds)}}","prev":"{{_before}}","fact":"{{fact}}",{{rest}}""";
            _before = RecordedSession.Sha256(Encoding.UTF8.GetBytes(line));
            _lines.Append(line).Append('\n');
        }

        public override string ToString() => _lines.ToString();
    }
}
