namespace SessionRecorder.Host.Spool;

/// <summary>The causes of gaps, as they stand in ledger and manifest (docs/manifest.md). Open: readers take others too.</summary>
internal static class GapCause
{
    /// <summary>From the session's start to the first frame.</summary>
    public const string Starting = "starting";

    /// <summary>The display's size, count or position changed.</summary>
    public const string DisplayChanged = "display-changed";

    /// <summary>The display went away or was refused.</summary>
    public const string DisplayLost = "display-lost";

    /// <summary>The capture ended unasked.</summary>
    public const string CaptureFailed = "capture-failed";

    /// <summary>A better way to read the screen works again, and the capture was begun anew with it.</summary>
    public const string SourceChanged = "source-changed";

    /// <summary>The capture ran and delivered no frame for longer than the stall timeout.</summary>
    public const string CaptureStalled = "capture-stalled";

    /// <summary>Within a running capture no frame came for more than a second; the machine was busy or stopped.</summary>
    public const string NoFrames = "no-frames";

    /// <summary>The spool's disk is full.</summary>
    public const string DiskFull = "disk-full";

    /// <summary>The session is locked: nothing was to be recorded, or the system gave no picture.</summary>
    public const string SessionLocked = "session-locked";

    /// <summary>Nobody is connected to the session: nothing was to be recorded, or the system gave no picture.</summary>
    public const string SessionDisconnected = "session-disconnected";

    /// <summary>The spool holds as much as its limit allows; goes on when something was delivered.</summary>
    public const string SpoolFull = "spool-full";

    /// <summary>A capture took over that takes fewer pictures, since the spool fills up, or as many as before.</summary>
    public const string FrameRateChanged = "frame-rate-changed";

    /// <summary>The user did nothing for as long as <c>Capture:IdleTimeout</c> says: nothing was to be recorded.</summary>
    public const string SessionIdle = "session-idle";

    /// <summary>The system's clock was set, or the machine slept.</summary>
    public const string ClockChanged = "clock-changed";

    /// <summary>The recorder itself died; the gap ends where it was restarted or at the last sign of life.</summary>
    public const string RecorderDied = "recorder-died";

    /// <summary>It was recorded, and the machine was gone before storage had it.</summary>
    public const string NotStored = "not-stored";
}
