namespace SessionRecorder;

/// <summary>How far a failure reaches, so that the host knows what it may go on with.</summary>
public enum FailureScope
{
    /// <summary>One segment or one object is affected; the session's recording goes on.</summary>
    Segment,

    /// <summary>This session cannot be recorded or delivered at present; other sessions are not affected.</summary>
    Session,

    /// <summary>Nothing can be recorded on this machine until somebody mends it (no ffmpeg, wrong configuration).</summary>
    Host,
}
