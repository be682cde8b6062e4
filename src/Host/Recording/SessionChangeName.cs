namespace SessionRecorder.Host.Recording;

/// <summary>What became of the recorded session, as it stands in the ledger (docs/manifest.md).</summary>
internal static class SessionChangeName
{
    public const string Locked = "locked";
    public const string Unlocked = "unlocked";
    public const string Connected = "connected";
    public const string Disconnected = "disconnected";

    /// <summary>The user logged off, or the session vanished. Nothing follows.</summary>
    public const string LoggedOff = "logged-off";

    /// <summary>The machine shuts down. Nothing follows.</summary>
    public const string ShuttingDown = "shutting-down";
}
