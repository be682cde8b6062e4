using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Trust;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Hosting;

public sealed class SessionLogsTests : IDisposable
{
    private readonly TestSpool _spool = new();

    private string Data => Path.Combine(_spool.Folder, "data");

    private string Logs => Path.Combine(Data, "logs");

    public void Dispose() => _spool.Dispose();

    [Fact]
    public void Two_sessions_that_had_the_same_id_have_logs_of_their_own()
    {
        var first = TestSpool.Document();
        Write(first.StartedAt, "first");
        Write(first.StartedAt.AddHours(1), "second");

        using var log = NewLogs().Find(first with { StartedAt = first.StartedAt.AddHours(1) });

        var piece = Assert.Single(log!.Closed);
        Assert.Equal("log/000000.jsonl", piece.Key);
        Assert.Contains("second", File.ReadAllText(piece.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void There_is_nothing_to_deliver_where_no_agent_logged_or_it_is_not_to_be_stored()
    {
        Assert.Null(NewLogs().Find(TestSpool.Document()));

        Write(TestSpool.Start, "first");

        Assert.NotNull(NewLogs().Find(TestSpool.Document()));
        Assert.Null(NewLogs(upload: false).Find(TestSpool.Document()));
    }

    [Fact]
    public void Logs_of_sessions_that_ended_go_after_a_month_and_no_others()
    {
        using var waiting = _spool.Root.Create(TestSpool.Document("waiting"));
        Write(TestSpool.Start, "old", "old");
        Write(TestSpool.Start, "not yet delivered", "waiting");
        Directory.CreateDirectory(Path.Combine(Logs, "somebody's folder"));
        File.WriteAllText(Path.Combine(Logs, "old@notes"), "");
        foreach (var entry in new DirectoryInfo(Logs).EnumerateFileSystemInfos("*", SearchOption.AllDirectories))
        {
            entry.LastWriteTimeUtc = TestSpool.Start.UtcDateTime.AddDays(-31);
        }

        Write(TestSpool.Start, "young", "young");
        File.CreateSymbolicLink(Path.Combine(Logs, "link@20260101T000000.000Z"), _spool.Folder);

        NewLogs().Open(TestSpool.Document("new")).Dispose();

        Assert.Equal(
            ["link@20260101T000000.000Z", "new@20261123T080224.123Z", "old@notes", "somebody's folder", "waiting@20261123T080224.123Z", "young@20261123T080224.123Z"],
            Directory.EnumerateFileSystemEntries(Logs).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.True(Directory.Exists(_spool.Folder));
    }

    private void Write(DateTimeOffset startedAt, string line, string id = "session-1")
    {
        using var log = NewLogs().Open(TestSpool.Document(id) with { StartedAt = startedAt });
        log.Loggers.CreateLogger("any").LogInformation("{Line}", line);
        foreach (var file in Directory.EnumerateFiles(Logs, "*.jsonl", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, TestSpool.Start.UtcDateTime);
        }
    }

    private SessionLogs NewLogs(bool upload = true)
    {
        var sources = new ConfigurationSources();
        return new SessionLogs(
            new RecorderConfiguration
            {
                Options = new RecorderOptions { DataDirectory = Data, Log = new LogOptions { Upload = upload } },
                Root = sources.Build(),
                File = null,
                Trust = TrustPolicy.Off,
                Sources = sources,
            },
            _spool.Time);
    }
}
