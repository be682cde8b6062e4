using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SessionRecorder.TestTools.Recording;

/// <summary>
/// Lays a session into a spool as a recorder leaves it that dies: session.json, ledger and segments, written by their
/// documentation (docs/manifest.md) and not by the recorder's classes. Hours of recording without recording for hours.
/// </summary>
public static class SpoolBuilder
{
    private const string Time = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Makes real segments of a second each, all different.</summary>
    /// <returns>The files, in order.</returns>
    public static async Task<IReadOnlyList<string>> MakeSegmentsAsync(string folder, int count)
    {
        Directory.CreateDirectory(folder);
        await Processes.Tool.RunAsync(
            "/usr/bin/ffmpeg",
            [
                "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=5", "-t", $"{count}", "-c:v", "libx264", "-preset", "ultrafast",
                "-g", "5", "-pix_fmt", "yuv420p", "-f", "segment", "-segment_time", "1", "-segment_format", "mp4", "-reset_timestamps", "1",
                Path.Combine(folder, "%06d.mp4"),
            ]);
        return [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Take(count)];
    }

    /// <summary>Makes large files of bytes that cannot be compressed; they are no video.</summary>
    public static async Task<IReadOnlyList<string>> MakeLargeFilesAsync(string folder, int count, long bytes)
    {
        Directory.CreateDirectory(folder);
        var files = new List<string>();
        var block = new byte[1 << 20];
        for (var i = 0; i < count; i++)
        {
            files.Add(Path.Combine(folder, $"{i:D6}.mp4"));
            await using var file = File.Create(files[^1]);
            for (long written = 0; written < bytes; written += block.Length)
            {
                Random.Shared.NextBytes(block);
                await file.WriteAsync(block.AsMemory(0, (int)Math.Min(block.Length, bytes - written)));
            }
        }

        return files;
    }

    /// <summary>Makes the session of files, which are moved into it; each counts as a second.</summary>
    /// <returns>The SHA-256 of each object below the session's prefix, by its key.</returns>
    public static async Task<IReadOnlyDictionary<string, string>> BuildAsync(
        string dataDirectory, string sessionId, string prefix, IReadOnlyList<string> files)
    {
        var folder = Path.Combine(dataDirectory, "sessions", sessionId);
        foreach (var part in new[] { dataDirectory, Path.GetDirectoryName(folder)!, folder, Path.Combine(folder, "video"), Path.Combine(folder, "open") })
        {
            Directory.CreateDirectory(part);
        }

        var start = DateTimeOffset.UtcNow.AddSeconds(-files.Count - 1);
        var session = Encoding.UTF8.GetBytes(Session(sessionId, prefix, start).ToJsonString() + "\n");
        var hashes = new Dictionary<string, string> { ["session.json"] = RecordedSession.Sha256(session) };
        var ledger = new LedgerText();
        ledger.Add(start, "session-opened", new JsonObject
        {
            ["sessionId"] = sessionId, ["startedAt"] = Format(start), ["sessionSha256"] = hashes["session.json"], ["recorder"] = "0.1.0",
        });
        ledger.Add(start, "capture-started", new JsonObject
        {
            ["capture"] = 1, ["firstFrameAt"] = Format(start), ["region"] = "640x360+0+0", ["frameRate"] = 5, ["source"] = "test",
            ["encoder"] = "libx264", ["program"] = "test", ["processId"] = null, ["processStart"] = null,
        });
        foreach (var (index, file) in files.Index())
        {
            var at = start.AddSeconds(index);
            var key = string.Create(CultureInfo.InvariantCulture, $"video/{index:D6}-{at.UtcDateTime:yyyyMMdd'T'HHmmss.fff'Z'}.mp4");
            hashes[key] = await HashAsync(file);
            ledger.Add(at.AddSeconds(1), "segment-closed", new JsonObject
            {
                ["index"] = index, ["capture"] = 1, ["key"] = key, ["startedAt"] = Format(at), ["duration"] = 1, ["frames"] = 5,
                ["width"] = 640, ["height"] = 360, ["bytes"] = new FileInfo(file).Length, ["sha256"] = hashes[key],
            });
            File.Move(file, Path.Combine(folder, key));
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "ledger.jsonl"), ledger.ToString());
        await File.WriteAllBytesAsync(Path.Combine(folder, "session.json"), session);
        return hashes;
    }

    private static JsonObject Session(string id, string prefix, DateTimeOffset start) => new()
    {
        ["schema"] = 1, ["sessionId"] = id, ["platform"] = "local", ["user"] = "user", ["host"] = "host", ["systemSession"] = ":0",
        ["startedAt"] = Format(start), ["prefix"] = prefix, ["recorder"] = "0.1.0", ["metadata"] = new JsonObject(),
    };

    private static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(Time, CultureInfo.InvariantCulture);

    private static async Task<string> HashAsync(string file)
    {
        await using var content = File.OpenRead(file);
        return Convert.ToHexStringLower(await System.Security.Cryptography.SHA256.HashDataAsync(content));
    }

    private sealed class LedgerText
    {
        private readonly StringBuilder _text = new();
        private string _before = new('0', 64);
        private int _lines;

        public void Add(DateTimeOffset at, string kind, JsonObject fact)
        {
            var line = new JsonObject { ["seq"] = _lines++, ["at"] = Format(at), ["prev"] = _before, ["fact"] = kind };
            foreach (var (name, value) in fact)
            {
                line[name] = value?.DeepClone();
            }

            var text = line.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            _before = RecordedSession.Sha256(Encoding.UTF8.GetBytes(text));
            _text.Append(text).Append('\n');
        }

        public override string ToString() => _text.ToString();
    }
}
