namespace SessionRecorder.Host.Recording;

/// <summary>What became of the recorded session, as it stands in the ledger (docs/manifest.md).</summary>
internal static class SessionChangeName
{
    public const string Locked = "locked";
    public const string Unlocked = "unlocked";
    public const string Connected = "connected";
    public const string Disconnected = "disconnected";

    /// <summary>No input came for as long as <c>Capture:IdleTimeout</c> says.</summary>
    public const string Idle = "idle";

    /// <summary>There is input again.</summary>
    public const string Active = "active";

    /// <summary>The user logged off, or the session vanished. Nothing follows.</summary>
    public const string LoggedOff = "logged-off";

    /// <summary>The policy's longest session is over; the session itself may go on. Nothing follows.</summary>
    public const string LengthLimit = "length-limit";

    /// <summary>The machine shuts down. Nothing follows.</summary>
    public const string ShuttingDown = "shutting-down";
}
