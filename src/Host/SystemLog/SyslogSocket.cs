using System.Net.Sockets;
using System.Text;

namespace SessionRecorder.Host.SystemLog;

/// <summary>Writes to syslog's socket, which systemd's journal listens at too (RFC 3164, as syslog(3) sends it).</summary>
/// <param name="path">The socket.</param>
internal sealed class SyslogSocket(string path = SyslogSocket.SystemPath) : ISystemLog
{
    /// <summary>Where every Linux system has it.</summary>
    public const string SystemPath = "/dev/log";

    private const int Daemon = 3 << 3;
    private const int Error = 3;
    private const int Warning = 4;
    private const int Information = 6;

    public void Write(SystemLogEntry entry, string message)
    {
        var text = $"<{Daemon | SeverityOf(entry)}>session-recorder[{Environment.ProcessId}]: {SystemLogText.Clean(message)}";
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
            socket.SendTo(Encoding.UTF8.GetBytes(text), new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            // There is no log, or it is overwhelmed; the agent's own file has the same.
            return;
        }
    }

    private static int SeverityOf(SystemLogEntry entry) => entry switch
    {
        SystemLogEntry.RecordingStarted or SystemLogEntry.RecordingStored => Information,
        SystemLogEntry.Undelivered => Warning,
        _ => Error,
    };
}
