using Microsoft.Extensions.Time.Testing;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Tests.Spool;

/// <summary>A spool in a folder of its own, with a clock that stands still.</summary>
internal sealed class TestSpool : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 11, 23, 8, 2, 24, 123, TimeSpan.Zero);

    public TestSpool()
    {
        Folder = Directory.CreateTempSubdirectory("spool-test-").FullName;
        Root = new SpoolRoot(Path.Combine(Folder, "data"), TrustPolicy.Off, Time);
    }

    public string Folder { get; }

    public FakeTimeProvider Time { get; } = new(Start);

    public SpoolRoot Root { get; }

    /// <summary>A moment so many seconds after the start, in whole milliseconds.</summary>
    public static DateTimeOffset At(double seconds) => Start.AddMilliseconds(Math.Round(seconds * 1000));

    public static SessionDocument Document(string id = "session-1") => new()
    {
        SessionId = id,
        Platform = "local",
        User = "Zoë [admin]",
        Host = "desk-7",
        SystemSession = ":0",
        StartedAt = Start,
        Prefix = $"recordings/local/desk-7/zoe/{id}/",
        Recorder = "0.1.0",
        Metadata = new Dictionary<string, string> { ["zone"] = "b", ["AppStream_Stack_Name"] = "stück+1" },
    };

    public static SegmentFacts Facts(double seconds = 10) => new(TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(seconds - 0.2), (int)(seconds * 5), 1280, 720, []);

    public static string WriteOpenFile(SpoolSession session, string name, string content)
    {
        var path = Path.Combine(session.OpenDirectory, name);
        File.WriteAllText(path, content);
        return path;
    }

    public static SegmentClosed AddSegment(SpoolSession session, double startsAfter, double seconds = 10)
    {
        var name = $"c1-{Guid.NewGuid():N}.mp4";
        var path = WriteOpenFile(session, name, $"video that starts after {startsAfter} s");
        return session.AcceptSegment(path, 1, Start.AddSeconds(startsAfter), Facts(seconds));
    }

    public void Pass(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
