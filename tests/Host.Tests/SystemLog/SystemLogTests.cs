using System.Net.Sockets;
using System.Text;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.SystemLog;
using SessionRecorder.Host.Upload;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.SystemLog;

public sealed class SystemLogTests : IDisposable
{
    private readonly TestSpool _spool = new();

    public void Dispose() => _spool.Dispose();

    [Fact]
    public void An_entry_is_one_line_with_severity_and_name_whatever_a_user_is_called()
    {
        var path = Path.Combine(_spool.Folder, "log");
        using var daemon = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        daemon.Bind(new UnixDomainSocketEndPoint(path));

        new SyslogSocket(path).Write(SystemLogEntry.RecordingFailed, "Cannot record session of eve\n<11>root: all is well");

        var buffer = new byte[1000];
        var text = Encoding.UTF8.GetString(buffer, 0, daemon.Receive(buffer));
        Assert.Equal($"<27>session-recorder[{Environment.ProcessId}]: Cannot record session of eve <11>root: all is well", text);
    }

    [Fact]
    public void A_machine_without_a_log_is_no_reason_to_fail() =>
        new SyslogSocket(Path.Combine(_spool.Folder, "nothing")).Write(SystemLogEntry.RecordingStarted, "x");

    [Fact]
    public void A_session_is_told_of_from_start_to_end_and_each_refusing_sink_once()
    {
        using var session = _spool.Root.Create(TestSpool.Document());
        var log = new Entries();
        using var entries = new SessionEntries(log, session);

        entries.Started();
        session.Record(new UploadRefused("archive", "video/1.mp4", "no permission"));
        session.Record(new UploadRefused("archive", "video/2.mp4", "no permission"));
        entries.Ended(new StopReport("session-1", false, 3, 1, 30, [new SinkStatus("archive", 2, 4096, 2, "no permission")]));

        Assert.Equal(
            [SystemLogEntry.RecordingStarted, SystemLogEntry.UploadRefused, SystemLogEntry.Undelivered],
            log.Written.Select(entry => entry.Entry));
        Assert.Contains("session-1 of Zoë [admin]", log.Written[0].Message, StringComparison.Ordinal);
        Assert.Contains("archive: 2 segments, 4096 bytes (no permission)", log.Written[2].Message, StringComparison.Ordinal);
    }

    private sealed class Entries : ISystemLog
    {
        public List<(SystemLogEntry Entry, string Message)> Written { get; } = [];

        public void Write(SystemLogEntry entry, string message) => Written.Add((entry, message));
    }
}
