using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.Versioning;
using System.Security;

namespace SessionRecorder.Host.SystemLog;

/// <summary>Writes to Windows' Application log. The source is registered when an administrator first writes to it.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsEventLog : ISystemLog
{
    private const string Application = "Application";

    public void Write(SystemLogEntry entry, string message)
    {
        try
        {
            if (!EventLog.SourceExists(SystemLogText.Source))
            {
                EventLog.CreateEventSource(SystemLogText.Source, Application);
            }

            EventLog.WriteEntry(SystemLogText.Source, SystemLogText.Clean(message), TypeOf(entry), (int)entry);
        }
        catch (Exception e) when (e is SecurityException or InvalidOperationException or ArgumentException or Win32Exception)
        {
            // Without administrator rights there is no source to write as; the agent's own file has the same.
            return;
        }
    }

    private static EventLogEntryType TypeOf(SystemLogEntry entry) => entry switch
    {
        SystemLogEntry.RecordingStarted or SystemLogEntry.RecordingStored => EventLogEntryType.Information,
        SystemLogEntry.Undelivered => EventLogEntryType.Warning,
        _ => EventLogEntryType.Error,
    };
}
