namespace SessionRecorder.Host.Spool;

/// <summary>A session's folder in the spool could not be made, read or written.</summary>
internal class SpoolException : RecorderException
{
    public SpoolException(
        string message,
        bool isTransient,
        string? remedy = null,
        Exception? innerException = null,
        FailureScope scope = FailureScope.Session)
        : base(message, scope, isTransient, remedy, innerException)
    {
    }

    /// <summary>Whether an exception is what files and folders fail with.</summary>
    public static bool IsFileFailure(Exception exception) => exception is IOException or UnauthorizedAccessException;
}

/// <summary>Somebody removed a session's folder while it was recorded: there is nothing left to record to.</summary>
internal sealed class SpoolGoneException(string folder) : SpoolException(
    $"the spool folder {folder} was removed while the session was recorded",
    isTransient: false,
    "start the session again; what was delivered before is in storage");

/// <summary>A ledger is not whole: a line of it was changed, removed, added or is unreadable.</summary>
internal sealed class LedgerException : SpoolException
{
    public LedgerException(string ledger, long line, string reason, Exception? innerException = null)
        : base(
            $"{ledger} is damaged at line {line}: {reason}",
            isTransient: false,
            "keep a copy of the session's folder: what it recorded is still in its video folder",
            innerException)
    {
        Line = line;
        Reason = reason;
    }

    /// <summary>The line at which the chain breaks, from 1.</summary>
    public long Line { get; }

    /// <summary>What is wrong there, one sentence.</summary>
    public string Reason { get; }
}
