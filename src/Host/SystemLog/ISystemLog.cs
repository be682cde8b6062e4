namespace SessionRecorder.Host.SystemLog;

/// <summary>
/// The system's own log, where administrators look first: the journal or syslog on Linux, the Event Log on Windows. Few
/// entries; the agent's file has the rest.
/// </summary>
/// <remarks>Thread-safe. Never throws: a system without a log is no reason not to record.</remarks>
internal interface ISystemLog
{
    /// <summary>Writes an entry.</summary>
    /// <param name="entry">What.</param>
    /// <param name="message">One sentence, without secrets; control characters are taken out.</param>
    void Write(SystemLogEntry entry, string message);
}

/// <summary>The kinds of entries; a number is the Event Log's event id and never changes its meaning.</summary>
internal enum SystemLogEntry
{
    /// <summary>A session is being recorded; information.</summary>
    RecordingStarted = 1,

    /// <summary>A recording ended and all of it is stored; information.</summary>
    RecordingStored = 2,

    /// <summary>A recording ended and some of it waits in the spool; warning.</summary>
    Undelivered = 3,

    /// <summary>A session is not recorded, or no longer; error.</summary>
    RecordingFailed = 4,

    /// <summary>A sink refused an object for good; error.</summary>
    UploadRefused = 5,

    /// <summary>A session that cannot be recorded was ended, as <c>OnFailure</c> says; error.</summary>
    LoggedOff = 6,

    /// <summary>It could not be ended, and goes on unrecorded; error.</summary>
    LogoffFailed = 7,
}

/// <summary>What entries have in common.</summary>
internal static class SystemLogText
{
    /// <summary>The name under which the entries stand.</summary>
    public const string Source = "SessionRecorder";

    /// <summary>A user's name may hold anything; an entry is one line.</summary>
    public static string Clean(string message) =>
        string.Concat(message.Select(character => char.IsControl(character) ? ' ' : character));
}
