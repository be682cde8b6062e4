using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Recording;

/// <summary>What is known of the recorded session at one moment.</summary>
/// <param name="IsConnected">Whether somebody looks at it.</param>
/// <param name="IsLocked">Whether it is locked.</param>
/// <param name="Ended">A <see cref="SessionChangeName"/> that says why it is over, or null while it goes on.</param>
/// <param name="IsIdle">Whether its user has done nothing for so long that it is not to be recorded.</param>
internal readonly record struct SessionState(bool IsConnected, bool IsLocked, string? Ended, bool IsIdle = false)
{
    /// <summary>Until something else is known, somebody sits there.</summary>
    public static readonly SessionState Present = new(IsConnected: true, IsLocked: false, Ended: null);

    /// <summary>Why the system may give no picture, a <see cref="GapCause"/>; null where nothing is known to stand in the way.</summary>
    public string? Absence =>
        !IsConnected ? GapCause.SessionDisconnected
        : IsLocked ? GapCause.SessionLocked
        : null;

    /// <summary>Why no picture is wanted, a <see cref="GapCause"/>; null where one is.</summary>
    public string? PauseCause(CaptureOptions options) =>
        !IsConnected && PausesWhenDisconnected(options.WhenDisconnected) ? GapCause.SessionDisconnected
        : IsLocked && options.WhenLocked == AbsencePolicy.Pause ? GapCause.SessionLocked
        : IsIdle ? GapCause.SessionIdle
        : null;

    // On Windows a disconnected session has no screen; an X server goes on drawing.
    private static bool PausesWhenDisconnected(DisconnectPolicy policy) =>
        policy == DisconnectPolicy.Pause || (policy == DisconnectPolicy.Auto && OperatingSystem.IsWindows());
}
